import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import { createVendorFetch } from '@switchyard/net';
import OpenAI from 'openai';
import { createProvider as createAnthropic } from '../../apps/worker-anthropic/dist/adapter.js';
import { createProvider as createOpenAi } from '../../apps/worker-openai/dist/adapter.js';
import { median } from './measure.mjs';

/**
 * The processor time that an adapter adds to a call, against its vendor's bare client in the same run:
 *
 *     npm run build:fast && node scripts/bench/adapters.mjs
 *
 * The vendor is a server on loopback in another process that answers at once. Each round makes the calls in all ways, one
 * after the other; the table tells medians over the rounds, in µs of this process's user and system time a call. An
 * adapter is measured with all that it does: the request translated, the client, the sockets, the answer mapped.
 */
const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '7' },
    concurrency: { type: 'string', default: '8' },
    pieces: { type: 'string', default: '50' },
    vendor: { type: 'boolean', default: false },
  },
});
const [calls, rounds, concurrency, pieces] = ['calls', 'rounds', 'concurrency', 'pieces'].map((name) =>
  Number(values[name]),
);

const TIMEOUTS = { connectMs: 5_000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 600_000 };
const TEXT = 'The night mail rolls in on track 3, two minutes early. '.repeat(12);
const SYSTEM = 'You are terse, and know every train. '.repeat(8);
const MESSAGES = [
  { role: 'user', content: `When does it leave? ${TEXT}` },
  { role: 'assistant', content: 'At 7:42.' },
  { role: 'user', content: 'From which track?' },
];

/** What is measured. Another adapter is another entry: how its vendor answers, its bare client, its provider. */
const SUBJECTS = [
  {
    name: 'openai',
    path: '/v1/chat/completions',
    answer: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'gpt-4.1',
      choices: [{ index: 0, message: { role: 'assistant', content: TEXT, refusal: null }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 300, completion_tokens: 160, total_tokens: 460 },
    },
    *events() {
      const chunk = (delta, finish_reason = null) =>
        `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4.1', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
      yield chunk({ role: 'assistant', content: '' });
      for (let piece = 0; piece < pieces; piece += 1) yield chunk({ content: 'rolls in ' });
      yield chunk({}, 'stop');
      yield 'data: [DONE]\n\n';
    },
    open(url, fetch) {
      const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-bench', maxRetries: 0, ...(fetch && { fetch }) });
      const body = {
        model: 'gpt-4.1',
        messages: [{ role: 'system', content: SYSTEM }, ...MESSAGES],
        temperature: 0.5,
        max_tokens: 500,
      };
      return {
        generate: () => client.chat.completions.create(body),
        stream: async () =>
          drain(
            await client.chat.completions.create({ ...body, stream: true, stream_options: { include_usage: true } }),
          ),
      };
    },
    createProvider: (url) => createOpenAi(settingsOf('openai', `${url}/v1`)),
    call: {
      providerModel: 'gpt-4.1',
      request: { messages: MESSAGES, systemPrompt: SYSTEM, temperature: 0.5, maxTokens: 500 },
    },
  },
  {
    name: 'anthropic',
    path: '/v1/messages',
    answer: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-5',
      content: [{ type: 'text', text: TEXT, citations: null }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 300, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 160 },
    },
    *events() {
      const event = (type, more) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
      const usage = { input_tokens: 300, output_tokens: 1 };
      yield event('message_start', {
        message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-5', content: [], usage },
      });
      yield event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
      for (let piece = 0; piece < pieces; piece += 1) {
        yield event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'rolls in ' } });
      }
      yield event('content_block_stop', { index: 0 });
      yield event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 160 } });
      yield event('message_stop', {});
    },
    open(url, fetch) {
      const client = new Anthropic({ baseURL: url, apiKey: 'sk-bench', maxRetries: 0, ...(fetch && { fetch }) });
      const body = { model: 'claude-opus-5', max_tokens: 500, system: SYSTEM, messages: MESSAGES };
      return {
        generate: () => client.messages.create(body),
        stream: async () => drain(await client.messages.create({ ...body, stream: true })),
      };
    },
    createProvider: (url) => createAnthropic(settingsOf('anthropic', `${url}/v1`)),
    call: { providerModel: 'claude-opus-5', request: { messages: MESSAGES, systemPrompt: SYSTEM, maxTokens: 500 } },
  },
];

await (values.vendor ? serve() : measure());

function settingsOf(kind, baseURL) {
  return {
    name: kind,
    kind,
    baseURL,
    apiKey: 'sk-bench',
    concurrency: 64,
    local: false,
    timeouts: TIMEOUTS,
    options: {},
  };
}

async function drain(stream) {
  const parts = stream[Symbol.asyncIterator]();
  while (!(await parts.next()).done);
}

/** The vendor: says where it listens, and ends with its parent. */
async function serve() {
  const answers = new Map(
    SUBJECTS.map(({ path, answer, events }) => [
      path,
      { whole: Buffer.from(JSON.stringify(answer)), events: Buffer.from([...events()].join('')) },
    ]),
  );
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const { whole, events } = answers.get(request.url);
      const isStream = Buffer.concat(parts).includes('"stream":true');
      const body = isStream ? events : whole;
      const type = isStream ? 'text/event-stream' : 'application/json';
      response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body);
    });
  });
  process.once('disconnect', () => process.exit(0));
  server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
}

async function measure() {
  const vendor = fork(import.meta.filename, ['--vendor', '--pieces', String(pieces)]);
  const [url] = await once(vendor, 'message');
  const net = createVendorFetch({ timeouts: TIMEOUTS, maxResponseBytes: 33_554_432 });
  const providers = [];
  const ways = SUBJECTS.flatMap((subject) => {
    const provider = subject.createProvider(url);
    providers.push(provider);
    const context = { signal: new AbortController().signal };
    const adapter = {
      generate: () => provider.generate(subject.call, context),
      stream: () => drain(provider.stream(subject.call, context)),
    };
    const clients = { global: subject.open(url), ours: subject.open(url, net.fetch), adapter };
    return ['generate', 'stream'].flatMap((operation) =>
      Object.entries(clients).map(([way, one]) => ({
        name: subject.name,
        operation,
        way,
        run: one[operation],
        figures: [],
      })),
    );
  });
  // The first round warms code and sockets up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { run, figures } of ways) {
      const figure = await cpuOf(run);
      if (round > 0) figures.push(figure);
    }
  }
  print(ways);
  await Promise.all([net.close(), ...providers.map((provider) => provider.close())]);
  vendor.disconnect();
}

/** Processor time of one call, in µs. */
async function cpuOf(run) {
  let begun = 0;
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (begun < calls) {
        begun += 1;
        await run();
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

function print(ways) {
  const rows = SUBJECTS.flatMap(({ name }) =>
    ['generate', 'stream'].map((operation) => {
      const figureOf = (way) =>
        median(ways.find((one) => one.name === name && one.operation === operation && one.way === way).figures);
      const [bare, ours, adapter] = [figureOf('global'), figureOf('ours'), figureOf('adapter')].map(Math.round);
      return {
        adapter: name,
        call: operation,
        'bare client': bare,
        'bare client, our fetch': ours,
        'with adapter': adapter,
        'added to bare client': adapter - bare,
        'added to our fetch': adapter - ours,
      };
    }),
  );
  console.log(
    `µs of processor time a call; ${calls} calls, ${rounds} rounds, ${concurrency} at once, Node ${process.version}`,
  );
  console.table(rows);
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { createVendorFetch } from '@switchyard/net';
import { adapterSubjects, drain, TIMEOUTS } from './adapter-subjects.mjs';
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

const SUBJECTS = adapterSubjects(pieces);

await (values.vendor ? serve() : measure());

/** The vendor: says where it listens, and ends with its parent. */
async function serve() {
  const answers = new Map(
    SUBJECTS.flatMap(({ path, streamPath, streamType = 'text/event-stream', answer, events }) => {
      const whole = Buffer.from(JSON.stringify(answer));
      const bodies = { whole, events: Buffer.from([...events()].join('')), streamType };
      return [
        [path, bodies],
        [streamPath, { ...bodies, whole: bodies.events }],
      ];
    }),
  );
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const { whole, events, streamType } = answers.get(request.url);
      const isStream = whole === events || Buffer.concat(parts).includes('"stream":true');
      const body = isStream ? events : whole;
      const type = isStream ? streamType : 'application/json';
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

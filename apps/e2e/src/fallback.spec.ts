import { PROVIDER_ERROR_CODES, type ErrorBody, type JobView } from '@switchyard/contract';
import {
  answer,
  cutAfter,
  json,
  reset,
  silence,
  startFaultServer,
  type FaultServer,
  type Script,
} from '@switchyard/provider-kit/testing';
import { describeOnEngines } from './__fixtures__/engines.js';
import { GATEWAY_KEYS, startGateway, type Gateway } from './__fixtures__/gateway.js';

const REPLY = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'an answer' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
const OK = answer(json(REPLY));
const refuse = (status: number, error: object, headers: Record<string, string> = {}): Script =>
  answer(json({ error: { message: 'No.', ...error } }, status, headers));
const limited = (headers: Record<string, string>): Script => refuse(429, { code: 'rate_limit_exceeded' }, headers);

/** A row of the table: what the vendor of the first target does, call after call, and what its attempts come to. */
interface Row {
  readonly name: string;
  /** The last one goes on for ever. */
  readonly scripts: readonly Script[];
  /** Code of each attempt at the first target; null where it succeeds. */
  readonly attempts: readonly (string | null)[];
  /** Where the job succeeds, or the type of the error that ends it without the second target. */
  readonly then: 'first' | 'second' | ErrorBody['type'];
}

const three = (code: string): readonly string[] => [code, code, code];

/** Every code of the table in `libs/contract/src/errors.ts`, each by what a vendor does. */
const ROWS: readonly Row[] = [
  { name: 'network', scripts: [reset], attempts: three('network'), then: 'second' },
  { name: 'network-once', scripts: [reset, OK], attempts: ['network', null], then: 'first' },
  ...[500, 502, 503, 504, 529].map((status): Row => ({
    name: `overloaded-${status}`,
    scripts: [refuse(status, {})],
    attempts: three('overloaded'),
    then: 'second',
  })),
  { name: 'timeout', scripts: [silence], attempts: three('timeout_error'), then: 'second' },
  {
    name: 'rate_limited-long',
    scripts: [limited({ 'retry-after': '61' })],
    attempts: ['rate_limited'],
    then: 'second',
  },
  {
    name: 'rate_limited-soon',
    scripts: [limited({ 'retry-after-ms': '200' }), limited({ 'retry-after': '0' }), OK],
    attempts: ['rate_limited', 'rate_limited', null],
    then: 'first',
  },
  {
    name: 'rate_limited-again',
    scripts: [limited({ 'retry-after-ms': '1' })],
    attempts: Array.from({ length: 4 }, () => 'rate_limited'),
    then: 'second',
  },
  { name: 'authentication-401', scripts: [refuse(401, {})], attempts: ['authentication'], then: 'provider_error' },
  { name: 'authentication-403', scripts: [refuse(403, {})], attempts: ['authentication'], then: 'provider_error' },
  {
    name: 'authentication-quota',
    scripts: [refuse(429, { code: 'insufficient_quota' })],
    attempts: ['authentication'],
    then: 'provider_error',
  },
  { name: 'model_unavailable', scripts: [refuse(404, {})], attempts: ['model_unavailable'], then: 'second' },
  { name: 'invalid_request-400', scripts: [refuse(400, {})], attempts: ['invalid_request'], then: 'provider_error' },
  { name: 'invalid_request-422', scripts: [refuse(422, {})], attempts: ['invalid_request'], then: 'provider_error' },
  {
    name: 'invalid_request-mended',
    scripts: [refuse(400, { param: 'temperature' }), OK],
    attempts: ['invalid_request', null],
    then: 'first',
  },
  {
    name: 'invalid_request-twice',
    scripts: [refuse(400, { param: 'temperature' }), refuse(400, { param: 'top_p' })],
    attempts: ['invalid_request', 'invalid_request'],
    then: 'provider_error',
  },
  {
    name: 'content_filtered',
    scripts: [refuse(400, { code: 'content_policy_violation' })],
    attempts: ['content_filtered'],
    then: 'content_filtered',
  },
  {
    name: 'bad_response',
    scripts: [answer({ headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>Hello</p>' })],
    attempts: three('bad_response'),
    then: 'second',
  },
  { name: 'network-cut', scripts: [cutAfter(json(REPLY), 20)], attempts: three('network'), then: 'second' },
  {
    name: 'response_too_large',
    scripts: [answer(json({ ...REPLY, padding: 'x'.repeat(200_000) }))],
    attempts: ['response_too_large'],
    then: 'provider_error',
  },
];

/** A refused key is a matter of the whole provider. */
function providerOf({ name }: Pick<Row, 'name'>): string {
  return name.startsWith('authentication') ? name : 'first';
}

describeOnEngines('the table of errors, over real processes', (engine) => {
  let gateway: Gateway;
  let vendor: FaultServer;
  let spare: FaultServer;
  /** Calls that came for each row. */
  const came = new Map<string, number>();
  /** The job of each row, ended. */
  let jobs: ReadonlyMap<string, JobView>;

  beforeAll(async () => {
    await engine.start();
    [vendor, spare] = await Promise.all([startFaultServer(), startFaultServer()]);
    vendor.play(...Array.from({ length: 400 }, (): Script => playRow));
    spare.play(...Array.from({ length: 400 }, (): Script => OK));
    gateway = await startGateway(engine.url(), ['api', 'courier', 'worker-openai', 'worker-custom'], configure);
    const run = async ({ name }: Row): Promise<[string, JobView]> => [name, await runJob(name, ['second'])];
    jobs = new Map(await Promise.all(ROWS.map(run)));
  }, 120_000);
  afterAll(async () => {
    await gateway.close();
    await Promise.all([vendor.close(), spare.close(), engine.stop()]);
  });

  /** What the row does that the called model is named after. */
  const playRow: Script = (exchange) => {
    const { model = '' } = JSON.parse(exchange.request.body) as { model?: string };
    const count = came.get(model) ?? 0;
    came.set(model, count + 1);
    const { scripts = [] } = ROWS.find(({ name }) => name === model) ?? {};
    return (scripts[count] ?? scripts.at(-1) ?? reset)(exchange);
  };

  function configure(): string {
    const entry = (id: string, provider: string): string =>
      `{ id: ${id}, provider: ${provider}, capabilities: [generation], contextWindow: 8000, price: { inputPerMillion: "3", outputPerMillion: "7" } }`;
    const provider = (name: string): string =>
      `  ${name}: { kind: openai, baseURL: "${vendor.url}", apiKey: sk-vendor-0123456789abcdef, timeouts: { firstByteMs: 400 } }`;
    return `
providers:
${[...new Set(ROWS.map(providerOf))].map(provider).join('\n')}
  second: { kind: custom, baseURL: "${spare.url}", defaultModel: spare }
  third: { kind: openai, baseURL: "http://127.0.0.1:1", apiKey: sk-vendor-0123456789abcdef, defaultModel: unreachable }
models:
${ROWS.map(({ name }) => `  - ${entry(name, providerOf({ name }))}`).join('\n')}
  - ${entry('spare', 'second')}
  - ${entry('unreachable', 'third')}
limits: { resultBytes: 100000 }
tenants: { acme: { keys: [{ name: acme-app, key: ${GATEWAY_KEYS.jobs}, scopes: [jobs] }] } }
`;
  }

  async function runJob(modelId: string, fallback: boolean | readonly string[]): Promise<JobView> {
    const request = { prompt: 'Why?', maxTokens: 20, temperature: 0.5, topP: 0.5 };
    const { id } = await gateway.submit({ type: 'generation', request, selection: { modelId, fallback } });
    return await gateway.read(id, 60);
  }

  it('has a row here for every code that a vendor can cause', () => {
    const unseen = ['stream_interrupted', 'worker_crash_limit', 'all_providers_failed'];
    const shown = new Set(ROWS.flatMap(({ attempts }) => attempts));
    expect(Object.keys(PROVIDER_ERROR_CODES).filter((code) => !shown.has(code))).toEqual(unseen);
  });

  it.each(ROWS)('does with $name what it says', ({ name, attempts, then }) => {
    const job = jobs.get(name);
    if (!job) throw new Error(`There is no job of ${name}.`);
    const atFirst = job.attempts.filter(({ provider }) => provider !== 'second');
    expect({ name, codes: atFirst.map(({ error }) => error?.code ?? null) }).toEqual({ name, codes: attempts });
    expect(job.attempts.length - atFirst.length).toBe(then === 'second' ? 1 : 0);
    const last = atFirst.at(-1)?.error;
    if (then === 'second') {
      expect(job).toMatchObject({ status: 'succeeded', provider: 'second', model: 'spare' });
      expect(job.plan).toMatchObject([
        { provider: providerOf({ name }), model: name, status: 'left', error: last },
        { provider: 'second', model: 'spare', status: 'succeeded', error: null },
      ]);
    } else if (then === 'first') {
      expect(job).toMatchObject({ status: 'succeeded', model: name });
      expect(job.plan.map(({ status }) => status)).toEqual(['succeeded', 'unused']);
    } else {
      expect(job).toMatchObject({ status: 'failed', model: name, error: { ...last, type: then } });
      expect(job.plan.map(({ status }) => status)).toEqual(['failed', 'unused']);
    }
  });

  it('tells what was left out of a mended request', () => {
    expect(jobs.get('invalid_request-mended')?.result).toMatchObject({
      metadata: { warnings: ['temperature was left out: the provider refused it.'] },
    });
  });

  it('ends a job that no target is left for, with the causes at each', async () => {
    const job = await runJob('model_unavailable', ['third']);
    expect(job).toMatchObject({ status: 'failed', error: { type: 'provider_error', code: 'all_providers_failed' } });
    expect(job.error?.message).toMatch(
      /first \(model_unavailable\): model_unavailable, .* third \(unreachable\): network, /,
    );
    expect(job.attempts.map(({ error }) => error?.code)).toEqual(['model_unavailable', ...three('network')]);
    expect(job.plan.map(({ status }) => status)).toEqual(['left', 'failed']);
  }, 30_000);

  it('leaves a named model for none that nobody named', async () => {
    const { id } = await gateway.submit({
      type: 'generation',
      request: { prompt: 'Why?', maxTokens: 20 },
      selection: { modelId: 'model_unavailable' },
    });
    expect(await gateway.read(id, 30)).toMatchObject({ status: 'failed', error: { code: 'model_unavailable' } });
  });
});

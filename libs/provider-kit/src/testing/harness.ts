/// <reference types="jest" />
import { inspect } from 'node:util';
import {
  type CallContext,
  type CallTimeouts,
  type Provider,
  type ProviderSettings,
  type StreamPart,
} from '@switchyard/contract';
import { type FaultServer, type RecordedRequest, startFaultServer } from './fault-server.js';
import { CANARY_KEY, type ProviderSubject, type SentRequest } from './fixtures.js';
import { type WireAnswer } from './scripts.js';

/** The limits of calls in specs that are not about time: no busy machine reaches them before the spec's own. */
export const PATIENT: CallTimeouts = { connectMs: 60_000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 60_000 };

/** What a suite works with: the vendor, and providers that talk to it and are closed after each test. */
export interface Harness {
  readonly server: () => FaultServer;
  provider(changes?: SettingsChanges): Provider;
}

type SettingsChanges = Partial<Omit<ProviderSettings, 'timeouts'>> & { readonly timeouts?: Partial<CallTimeouts> };

/** One way to ask the vendor for something, for the suites that treat them all alike. */
export interface Operation {
  readonly name: string;
  run(provider: Provider, context: CallContext): Promise<unknown>;
  /** What the vendor answers when all is well. */
  readonly answer: WireAnswer;
}

/** To be called inside `describe`: registers what each test needs and leaves behind. */
export function useHarness(subject: ProviderSubject): Harness {
  let server: FaultServer | undefined;
  const providers: Provider[] = [];

  function running(): FaultServer {
    if (!server) throw new Error('The harness is used outside of a test.');
    return server;
  }

  beforeAll(async () => {
    server = await startFaultServer();
  });
  afterEach(async () => {
    await Promise.all(providers.splice(0).map((provider) => provider.close()));
    running().clear();
  });
  afterAll(() => running().close());

  return {
    server: running,
    provider(changes = {}) {
      const provider = subject.createProvider({
        name: 'subject',
        kind: subject.description.kind,
        baseURL: `${running().url}${subject.basePath}`,
        apiKey: CANARY_KEY,
        concurrency: 4,
        local: false,
        options: {},
        ...subject.settings,
        ...changes,
        timeouts: { ...PATIENT, ...changes.timeouts },
      });
      providers.push(provider);
      return provider;
    },
  };
}

/** A context that nobody aborts. */
export function calm(headers?: Readonly<Record<string, string>>): CallContext {
  return { signal: new AbortController().signal, ...(headers && { headers }) };
}

/** All parts of a stream, in order. */
export async function collect(stream: AsyncIterable<StreamPart> | undefined): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  if (stream) for await (const part of stream) parts.push(part);
  return parts;
}

/** What a call is rejected with. It fails the test when the call succeeds, or when the error tells a secret. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  const failure = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in failure)) throw new Error(`The call succeeded: ${inspect(failure.value)}`);
  expectNoSecret(failure.error);
  return failure.error;
}

/** Looks through all that a log could print of an error, its causes and hidden fields included. */
function expectNoSecret(error: unknown): void {
  const printed = [inspect(error, { depth: 12, showHidden: true }), JSON.stringify(error), String(error)].join('\n');
  expect(printed).not.toContain(CANARY_KEY);
  expect(printed).not.toContain(Buffer.from(CANARY_KEY).toString('base64').slice(0, 20));
}

/** Holds a request against what must have been sent. */
export function expectSent(request: RecordedRequest, sent: SentRequest): void {
  const body: unknown = request.body === '' ? undefined : JSON.parse(request.body);
  expect({ method: request.method, path: request.path, body }).toEqual({
    method: sent.method,
    path: sent.path,
    body: sent.body,
  });
  if (request.body !== '') expect(request.headers['content-type']).toBe('application/json');
  for (const [name, value] of Object.entries(sent.headers ?? {})) {
    expect({ [name]: request.headers[name] ?? null }).toEqual({ [name]: value });
  }
}

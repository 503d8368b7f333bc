/// <reference types="jest" />
import { CANARY_KEY, type ProviderSubject } from '../fixtures.js';
import { calm, failureOf, type Harness } from '../harness.js';
import { operationsOf } from '../operations.js';
import { answer, type WireAnswer } from '../scripts.js';

const PROMPT = 'the-prompt-of-a-user';

/** What vendors' clients, or those of proxies, would take from the environment. */
const STRAY = {
  OPENAI_API_KEY: 'stray',
  OPENAI_ADMIN_KEY: 'stray',
  OPENAI_BASE_URL: 'http://127.0.0.1:1/stray',
  OPENAI_ORG_ID: 'stray',
  OPENAI_CUSTOM_HEADERS: 'x-stray: stray\nauthorization: stray',
  OPENAI_LOG: 'debug',
  ANTHROPIC_API_KEY: 'stray',
  ANTHROPIC_AUTH_TOKEN: 'stray',
  ANTHROPIC_BASE_URL: 'http://127.0.0.1:1/stray',
  ANTHROPIC_CUSTOM_HEADERS: 'anthropic-version: stray\nx-stray: stray',
  ANTHROPIC_LOG: 'debug',
  OLLAMA_API_KEY: 'stray',
  OLLAMA_HOST: 'http://127.0.0.1:1/stray',
  GOOGLE_API_KEY: 'stray',
  GEMINI_API_KEY: 'stray',
  GOOGLE_CLOUD_PROJECT: 'stray',
  GOOGLE_CLOUD_LOCATION: 'stray',
  GOOGLE_GENAI_API_VERSION: 'stray',
  GOOGLE_VERTEX_BASE_URL: 'http://127.0.0.1:1/stray',
  HTTP_PROXY: 'http://127.0.0.1:1',
};

const LOGGING = ['debug', 'log', 'info', 'warn', 'error'] as const;

/** Vendors and proxies that repeat what they were sent. */
function echo(status: number, prompt: string): readonly WireAnswer[] {
  const message = `Bad request with Authorization: Bearer ${CANARY_KEY} and key ${CANARY_KEY}: "${prompt}"`;
  return [
    {
      status,
      body: JSON.stringify({ error: { message, type: CANARY_KEY, code: `bad_${CANARY_KEY}`, param: CANARY_KEY } }),
    },
    { status, body: JSON.stringify({ message, detail: message }) },
    { status, body: JSON.stringify({ error: message }) },
    { status, body: message },
    { status, headers: { 'content-type': 'text/html', 'x-echo': CANARY_KEY }, body: `<html>${message}</html>` },
  ];
}

/** Nothing that a vendor sends back makes an error tell a secret; `failureOf` looks through each one. */
export function describeSecrets(subject: ProviderSubject, harness: Harness): void {
  describe.each(operationsOf(subject).map((operation) => [operation.name, operation] as const))(
    '%s',
    (_name, operation) => {
      it.each([200, 400, 401, 403, 404, 429, 500])(
        'tells no secret when its vendor repeats them with %i',
        async (status) => {
          for (const wire of echo(status, PROMPT)) {
            harness.server().play(answer(wire));
            const failure = (await failureOf(operation.run(harness.provider(), calm()))) as Error;
            expect(failure.name).toBe('ProviderError');
            expect(failure.message.length).toBeLessThan(400);
            // A refusal of the request is quoted, because it says what to change.
            if (status !== 400) expect(failure.message).not.toContain(PROMPT);
          }
        },
      );

      it('passes headers of the call on, but for its own', async () => {
        harness.server().play(answer(operation.answer));
        const headers = {
          'x-simulate': 'latency=5',
          Authorization: 'Bearer another',
          'Content-Type': 'text/another',
          HOST: 'another.example',
        };
        await operation.run(harness.provider(), calm(headers));
        const request = await harness.server().nextRequest();
        expect(request.headers['x-simulate']).toBe('latency=5');
        expect(JSON.stringify(request.headers)).not.toContain('another');
      });

      it('tells no secret when a header cannot be sent', async () => {
        const call = operation.run(harness.provider(), calm({ 'x-simulate': `a\n${CANARY_KEY}` }));
        expect(await failureOf(call)).toMatchObject({ code: 'invalid_request', reachedVendor: false });
      });

      it('reads nothing from the environment, and logs nothing', async () => {
        const environment = { ...process.env };
        const methods = { ...console };
        const logged: unknown[] = [];
        Object.assign(process.env, STRAY);
        for (const method of LOGGING) console[method] = (...words: unknown[]) => void logged.push(words);
        try {
          harness.server().play(answer(operation.answer), answer({ status: 500, body: '{}' }));
          await operation.run(harness.provider(), calm());
          await failureOf(operation.run(harness.provider(), calm()));
          const request = await harness.server().nextRequest();
          expect(JSON.stringify([request.path, request.headers, request.body])).not.toContain('stray');
        } finally {
          process.env = environment;
          Object.assign(console, methods);
        }
        expect(logged).toEqual([]);
      });
    },
  );
}

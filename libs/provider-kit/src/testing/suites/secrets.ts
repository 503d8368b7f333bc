/// <reference types="jest" />
import { CANARY_KEY, type ProviderSubject } from '../fixtures.js';
import { calm, failureOf, type Harness } from '../harness.js';
import { operationsOf } from '../operations.js';
import { answer, type WireAnswer } from '../scripts.js';

const PROMPT = 'the-prompt-of-a-user';

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

      it('reads nothing from the environment', async () => {
        const environment = { OPENAI_API_KEY: 'stray', OPENAI_BASE_URL: 'http://127.0.0.1:1', OPENAI_ORG_ID: 'stray' };
        const more = { OPENAI_CUSTOM_HEADERS: 'x-stray: stray', HTTP_PROXY: 'http://127.0.0.1:1', OPENAI_LOG: 'debug' };
        const before = { ...process.env };
        Object.assign(process.env, environment, more);
        try {
          harness.server().play(answer(operation.answer));
          await operation.run(harness.provider(), calm());
          const request = await harness.server().nextRequest();
          expect(JSON.stringify([request.path, request.headers, request.body])).not.toContain('stray');
        } finally {
          process.env = before;
        }
      });
    },
  );
}

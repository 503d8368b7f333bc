/// <reference types="jest" />
import { type ProviderErrorCode } from '@switchyard/contract';
import { unusedUrl } from '../fault-server.js';
import { type ProviderSubject } from '../fixtures.js';
import { calm, failureOf, type Harness } from '../harness.js';
import { operationsOf } from '../operations.js';
import { answer, answerInSlices, cutAfter, json, reset, resetAfter, type WireAnswer } from '../scripts.js';

/** What each status means where the body says nothing. */
const STATUSES: readonly (readonly [status: number, code: ProviderErrorCode])[] = [
  [302, 'bad_response'],
  [400, 'invalid_request'],
  [401, 'authentication'],
  [403, 'authentication'],
  [404, 'model_unavailable'],
  [408, 'overloaded'],
  [409, 'overloaded'],
  [413, 'invalid_request'],
  [418, 'bad_response'],
  [422, 'invalid_request'],
  [429, 'rate_limited'],
  [500, 'overloaded'],
  [502, 'overloaded'],
  [503, 'overloaded'],
  [504, 'overloaded'],
  [529, 'overloaded'],
];

/** By its words the vendor did no work for it. */
const ERROR_IN_PLACE = json({ error: { message: 'went wrong', type: 'unheard_of' } });

const BODIES: Readonly<Record<string, WireAnswer>> = {
  'an empty body': { body: '' },
  'a page of HTML': { headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>You ought to sign in</p>' },
  'HTML that says it is JSON': { body: '<html><body>502</body></html>' },
  'half a JSON': { body: '{"id": "x", "choices": [{"index": 0, "mess' },
  'a JSON text': { body: '"all is well"' },
  'an empty list': { body: '[]' },
  'a list of something else': { body: '[7]' },
  'a JSON null': { body: 'null' },
  'another object': { body: '{"status": "ok"}' },
  'fields of other types': { body: '{"choices": {}, "data": 7, "model": [], "content": {}}' },
};

/** Refusals, broken connections and answers that are none, each for every way to ask this vendor. */
export function describeFaults(subject: ProviderSubject, harness: Harness): void {
  const operations = operationsOf(subject).map((operation) => [operation.name, operation] as const);

  describe.each(operations)('%s', (_name, operation) => {
    const half = Math.ceil(Buffer.from(operation.answer.body).length / 2);
    const ask = (changes = {}) => failureOf(operation.run(harness.provider(changes), calm()));

    it.each(STATUSES)('is refused with %i: %s', async (status, code) => {
      for (const body of ['', '<html>The proxy is sad</html>', '{"error": {"message": "Not today"}}', '{"detail":']) {
        harness.server().play(answer({ status, body }));
        expect(await ask()).toMatchObject({ name: 'ProviderError', code, status, refused: true });
      }
      expect(harness.server().requests).toHaveLength(4);
    });

    const answersList = Buffer.from(operation.answer.body).toString().startsWith('[');
    const bodies = Object.entries(BODIES).filter(([, { body }]) => !(answersList && body === '[]'));
    it.each(bodies)('gets %s: bad_response', async (_what, wire) => {
      harness.server().play(answer(wire));
      expect(await ask()).toMatchObject({
        name: 'ProviderError',
        code: 'bad_response',
        reachedVendor: true,
        refused: false,
      });
    });

    it('gets an error in place of the answer: refused', async () => {
      harness.server().play(answer(ERROR_IN_PLACE));
      expect(await ask()).toMatchObject({ name: 'ProviderError', code: 'bad_response', refused: true });
    });

    it('says when its request is sent, and never where nobody is there', async () => {
      const told: number[] = [];
      const onSent = (): void => void told.push(harness.server().requests.length);
      harness.server().play(answer(operation.answer));
      await operation.run(harness.provider(), { ...calm(), onSent });
      expect(told).toEqual([0]);
      const baseURL = `${await unusedUrl()}${subject.basePath}`;
      await failureOf(operation.run(harness.provider({ baseURL }), { ...calm(), onSent }));
      expect(told).toEqual([0]);
    });

    it('finds nobody at the address', async () => {
      const baseURL = `${await unusedUrl()}${subject.basePath}`;
      expect(await ask({ baseURL })).toMatchObject({ code: 'network', reachedVendor: false });
    });

    it('is reset before the answer, and not sent again', async () => {
      harness.server().play(reset);
      expect(await ask()).toMatchObject({ code: 'network', reachedVendor: true, refused: false });
      expect(harness.server().requests).toHaveLength(1);
    });

    it('is reset or cut off in the answer', async () => {
      for (const script of [resetAfter(operation.answer, half), cutAfter(operation.answer, half)]) {
        harness.server().play(script);
        const failure = await ask();
        expect(failure).toMatchObject({ name: 'ProviderError', reachedVendor: true });
        // A reset may overtake the beginning of the stream.
        expect(['network', 'stream_interrupted']).toContain((failure as { code: string }).code);
      }
    });

    it('gets more than the cap', async () => {
      harness.server().play(answerInSlices(operation.answer, 32));
      expect(await ask({ maxResponseBytes: 40 })).toMatchObject({ code: 'response_too_large', reachedVendor: true });
    });
  });

  describe('errors as the vendor documents them', () => {
    const [[, operation] = []] = operations;

    it.each(subject.errors.map((fixture) => [fixture.name, fixture] as const))('%s', async (_name, fixture) => {
      harness.server().play(answer(fixture.answer));
      const failure = await failureOf(operation?.run(harness.provider(), calm()) ?? Promise.resolve());
      const { code, retryAfterSeconds, message = '' } = fixture;
      expect(failure).toMatchObject({ name: 'ProviderError', code, retryAfterSeconds });
      expect((failure as Error).message).toContain(message);
    });

    it.each([
      ['seconds', { 'retry-after': '20' }, 20],
      ['milliseconds', { 'retry-after-ms': '1500', 'retry-after': '20' }, 1.5],
      ['nothing to wait', { 'retry-after': '0' }, 0],
      ['a day', { 'retry-after': '86400' }, 86_400],
      ['a date', { date: 'Fri, 20 Nov 2026 10:00:00 GMT', 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT' }, 30],
      ['a date in the past', { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }, 0],
      ['a negative number', { 'retry-after': '-5' }, undefined],
      ['nothing', {}, undefined],
    ])('a rate limit that asks for %s', async (_what, headers, retryAfterSeconds) => {
      harness.server().play(answer(json({ error: { message: 'Slow down' } }, 429, headers)));
      const failure = await failureOf(operation?.run(harness.provider(), calm()) ?? Promise.resolve());
      expect(failure).toMatchObject({ code: 'rate_limited', retryAfterSeconds });
    });

    it('is not available, and says why', async () => {
      const availability = async (status: number) => {
        harness.server().play(answer({ status, body: '' }));
        return harness.provider().isAvailable(calm());
      };
      expect(await availability(401)).toMatchObject({
        available: false,
        reason: expect.stringMatching(/^authentication/) as unknown,
      });
      expect(await availability(503)).toMatchObject({
        available: false,
        reason: expect.stringMatching(/^overloaded/) as unknown,
      });
    });
  });
}

/// <reference types="jest" />
import { performance } from 'node:perf_hooks';
import { type CallTimeouts } from '@switchyard/contract';
import { type Script, startSilentServer } from '../fault-server.js';
import { type ProviderSubject } from '../fixtures.js';
import { calm, failureOf, type Harness } from '../harness.js';
import { operationsOf } from '../operations.js';
import { answer, drip, silence, silenceAfter } from '../scripts.js';

/** By when a vendor's socket must be closed after a cancel, in milliseconds. */
const CANCEL_MS = 500;

/** Cancelling and the four timeouts, for every way to ask this vendor. */
export function describeLimits(subject: ProviderSubject, harness: Harness): void {
  describe.each(operationsOf(subject).map((operation) => [operation.name, operation] as const))(
    '%s',
    (_name, operation) => {
      const half = Math.ceil(Buffer.from(operation.answer.body).length / 2);
      const reason = new Error('canceled');

      const moments: readonly (readonly [string, Script])[] = [
        ['before the answer', silence],
        ['after the head', silenceAfter(operation.answer, 0)],
        ['in mid-answer', silenceAfter(operation.answer, half)],
      ];
      it.each(moments)('canceled %s: closes the socket and rejects with the reason', async (_moment, script) => {
        const controller = new AbortController();
        harness.server().play(script);
        const call = failureOf(operation.run(harness.provider(), { signal: controller.signal }));
        const request = await harness.server().nextRequest();
        const start = performance.now();
        controller.abort(reason);
        expect(await call).toBe(reason);
        await request.closed;
        expect(performance.now() - start).toBeLessThan(CANCEL_MS);
      });

      it('canceled before it begins: sends nothing', async () => {
        const call = operation.run(harness.provider(), { signal: AbortSignal.abort(reason) });
        expect(await failureOf(call)).toBe(reason);
        expect(harness.server().requests).toHaveLength(0);
      });

      const limits: readonly (readonly [string, Partial<CallTimeouts>, Script])[] = [
        ['firstByte', { firstByteMs: 60 }, silence],
        ['idle', { idleMs: 60 }, silenceAfter(operation.answer, half)],
        ['total', { idleMs: 5_000, totalMs: 150 }, drip(operation.answer, 10)],
      ];
      it.each(limits)('is given up at the limit %s', async (limit, timeouts, script) => {
        harness.server().play(script);
        const failure = await failureOf(operation.run(harness.provider({ timeouts }), calm()));
        expect(failure).toMatchObject({ name: 'CallTimeoutError', limit });
        await (
          await harness.server().nextRequest()
        ).closed;
      });

      it('is given up at the limit connect', async () => {
        const silent = await startSilentServer();
        const changes = { baseURL: `${silent.url}${subject.basePath}`, timeouts: { connectMs: 60 } };
        let sent = false;
        const onSent = (): void => {
          sent = true;
        };
        const failure = await failureOf(operation.run(harness.provider(changes), { ...calm(), onSent }));
        expect(failure).toMatchObject({ name: 'CallTimeoutError', limit: 'connect', milliseconds: 60 });
        expect(sent).toBe(false);
        await silent.close();
      });
    },
  );

  it('closes its sockets', async () => {
    const { listModels } = subject.capabilities;
    harness.server().play(answer(listModels.answer));
    const provider = harness.provider();
    await provider.listModels(calm());
    const request = await harness.server().nextRequest();
    await provider.close();
    await request.closed;
  });

  it('rejects with the reason when asking for its availability is canceled', async () => {
    const controller = new AbortController();
    harness.server().play(silence);
    const call = failureOf(harness.provider().isAvailable({ signal: controller.signal }));
    await harness.server().nextRequest();
    const reason = new Error('canceled');
    controller.abort(reason);
    expect(await call).toBe(reason);
  });
}

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

/** More than the kernel keeps for a client that does not read, and than there is room for twice. */
const CONTENT = 'x'.repeat(17 * 1024 * 1024);

describe('answers that are too large to be held for everybody', () => {
  let api: TestApi;
  let id: string;

  beforeAll(async () => {
    api = await startTestApi();
    id = await api.submit();
    await api.worker.succeed(await api.worker.claimOne(), {
      content: CONTENT,
      model: 'chat',
      usage: { promptTokens: 3, completionTokens: 2, totalTokens: 5 },
      finishReason: 'stop',
      metadata: {},
    });
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  /** A client that asks, and reads no more than the beginning of its answer. */
  async function stall(): Promise<Socket> {
    const { port, hostname } = new URL(api.address);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(`GET /v1/jobs/${id} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEYS.acme}\r\n\r\n`);
    await once(socket, 'readable');
    return socket;
  }

  it('are refused in time while a client holds one and does not take it, and given when it is gone', async () => {
    const client = await stall();
    const before = api.proxy.received;
    const answers = await Promise.all(Array.from({ length: 8 }, () => api.ask(`/v1/jobs/${id}`)));
    for (const { status, headers } of answers) {
      expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-9]\d*$/)]);
    }
    // None of them was read.
    expect(api.proxy.received - before).toBeLessThan(1024 * 1024);
    client.destroy();
    const { status, body } = await api.ask(`/v1/jobs/${id}`);
    expect([status, body.result.content === CONTENT]).toEqual([200, true]);
  }, 30_000);

  it('are no failure where a client leaves that waited for one', async () => {
    const holder = await stall();
    const left = new AbortController();
    const leaving = api.ask(`/v1/jobs/${id}?waitSeconds=60`, { signal: left.signal });
    await api.ask('/v1/jobs');
    left.abort();
    await expect(leaving).rejects.toThrow();
    holder.destroy();
    expect((await api.ask(`/v1/jobs/${id}`)).status).toBe(200);
    expect(api.log()).not.toMatch(/"level":"error"/);
  }, 30_000);

  it('are taken one after the other by clients that read', async () => {
    const answers = await Promise.all([1, 2].map(() => api.ask(`/v1/jobs/${id}?waitSeconds=30`)));
    expect(answers.map(({ status, text }) => [status, text.length > CONTENT.length])).toEqual(
      answers.map(() => [200, true]),
    );
  }, 30_000);

  it('are cut off where they are not taken in time', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance'] });
    const client = await stall();
    jest.advanceTimersByTime(120_000);
    jest.useRealTimers();
    client.resume();
    await once(client, 'close');
    expect(client.bytesRead).toBeLessThan(CONTENT.length);
    expect((await api.ask(`/v1/jobs/${id}`)).status).toBe(200);
  }, 30_000);
});

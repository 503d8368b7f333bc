import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { CONFIGURATION, KEYS } from '../__fixtures__/configuration.js';
import type { Call } from '../__fixtures__/call-api.js';
import { GENERATION, startTestApi, type TestApi } from '../__fixtures__/test-api.js';

const LIMIT = 30_000;
const MADE_HERE = /^req_[0-9a-f]{32}$/;

describe('the HTTP side of the API', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ configuration: `${CONFIGURATION}limits: { bodyBytes: ${LIMIT} }\n` });
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  /** Sends bytes as they are, and reads what comes back until the other side closes. */
  async function exchange(
    bytes: string,
  ): Promise<{ status: number; head: string; body: ReturnType<typeof JSON.parse> }> {
    const { port, hostname } = new URL(api.address);
    const socket = connect(Number(port), hostname);
    socket.write(bytes);
    const answer = await text(socket);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    return {
      status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
      head,
      body: body === '' ? undefined : JSON.parse(body),
    };
  }

  /** A generation of so many bytes. */
  function bodyOf(bytes: number): string {
    const rest = JSON.stringify({ type: 'embedding', request: { input: '' } });
    return rest.replace('""', `"${'x'.repeat(bytes - rest.length)}"`);
  }

  describe('x-request-id', () => {
    it.each<[name: string, status: number, target: string, call: Call]>([
      ['an answer', 200, '/v1/jobs', {}],
      ['an admission', 202, '/v1/jobs', { json: GENERATION }],
      ['a redirect', 302, '/', {}],
      ['an unknown route', 404, '/nothing', { key: null }],
      ['a method that the route does not take', 405, '/v1/jobs', { method: 'DELETE' }],
      ['an unknown job', 404, '/v1/jobs/job_1', {}],
      ['a request without a key', 401, '/v1/jobs', { key: null }],
      ['one with a wrong key', 401, '/v1/jobs', { key: 'sk-nobody-0123456789abcdef', json: {} }],
      ['one that may not', 403, '/v1/admin/config', {}],
      ['a malformed body', 400, '/v1/jobs', { text: '{' }],
      ['a wrong content type', 400, '/v1/jobs', { text: 'a=b', headers: { 'content-type': 'text/plain' } }],
      ['an invalid body', 422, '/v1/jobs', { json: {} }],
      ['a body too large', 413, '/v1/jobs', { text: 'x'.repeat(LIMIT + 1) }],
      ['a malformed path', 400, '/v1/jobs/%ZZ', {}],
      ['the description', 200, '/docs', { key: null }],
      ['its parts', 200, '/docs/swagger-ui.css', { key: null }],
      ['a part that there is not', 404, '/docs/nothing', { key: null }],
      ['the description as JSON', 200, '/docs/openapi.json', { key: null }],
      ['health', 200, '/health/live', { key: null }],
      ['readiness', 200, '/health/ready', { key: null }],
      ['metrics', 200, '/metrics', { key: null }],
      ['HEAD', 200, '/v1/jobs', { method: 'HEAD' }],
      ['HEAD of nothing', 404, '/nothing', { method: 'HEAD' }],
    ])('is on %s (%d)', async (_name, status, target, call) => {
      const answer = await api.ask(target, call);
      expect([answer.status, answer.headers.get('x-request-id')]).toEqual([status, expect.stringMatching(MADE_HERE)]);
      if (status >= 400 && answer.text !== '')
        expect(answer.body.error.requestId).toBe(answer.headers.get('x-request-id'));
    });

    it("is the client's own where it looks like one", async () => {
      const { headers } = await api.ask('/v1/jobs', { headers: { 'x-request-id': 'my-own_id-4711' } });
      expect(headers.get('x-request-id')).toBe('my-own_id-4711');
    });

    it.each(['short', 'x'.repeat(129), '<img onerror=alert(1)>', 'with space in it', 'ünïcödé-id', ''])(
      'is not %s',
      async (given) => {
        const { headers } = await api.ask('/v1/jobs', { headers: { 'x-request-id': given } });
        expect(headers.get('x-request-id')).toMatch(MADE_HERE);
      },
    );

    it('is another each time', async () => {
      const answers = await Promise.all([1, 2, 3].map(() => api.ask('/health/live')));
      expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(3);
    });
  });

  describe('the size of a body', () => {
    it('takes one of exactly the limit, with and without its length', async () => {
      expect((await api.ask('/v1/jobs', { text: bodyOf(LIMIT) })).status).toBe(202);
      expect(await sendChunked(bodyOf(LIMIT))).toMatchObject({ status: 202 });
    });

    it('refuses one byte more: 413', async () => {
      const error = {
        type: 'invalid_request_error',
        code: 'body_too_large',
        message: expect.stringContaining('limits.bodyBytes'),
      };
      const { status, body } = await api.ask('/v1/jobs', { text: bodyOf(LIMIT + 1) });
      expect([status, body.error]).toEqual([413, expect.objectContaining(error)]);
      const chunked = await sendChunked(bodyOf(LIMIT + 1));
      expect([chunked.status, chunked.body.error]).toEqual([413, expect.objectContaining(error)]);
    });

    it('refuses by the length alone, before a byte has come', async () => {
      const { status } = await exchange(
        `POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEYS.acme}\r\ncontent-type: application/json\r\n` +
          `content-length: ${10 ** 12}\r\nconnection: close\r\n\r\n`,
      );
      expect(status).toBe(413);
    });

    it('tells a client that writes everything before it reads, and closes', async () => {
      const { port, hostname } = new URL(api.address);
      const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
      socket.pause();
      const body = Buffer.alloc(33 * 1024 * 1024, 'x');
      socket.write(
        `POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEYS.acme}\r\n` +
          `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
      );
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.write(body, (error) => (error ? reject(error) : resolve()));
      });
      const answer = await text(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 413 .*\r\n(.+\r\n)*connection: close\r\n/);
      expect(answer).toContain('"code":"body_too_large"');
      socket.end();
    }, 30_000);

    it('tells Node’s own client too', async () => {
      const body = new Uint8Array(33 * 1024 * 1024);
      for (let time = 0; time < 2; time += 1) {
        const { status, headers } = await api.ask('/v1/jobs', { text: body });
        expect([status, headers.get('connection')]).toEqual([413, 'close']);
      }
    }, 30_000);

    it('does not hear out a client that never ends', async () => {
      const { port, hostname } = new URL(api.address);
      const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
      const closed = new Promise((resolve) => socket.once('close', resolve));
      let answer = '';
      socket.on('error', () => undefined).on('data', (bytes: Buffer) => (answer += bytes.toString()));
      socket.write(
        `POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEYS.acme}\r\n` +
          `content-type: application/json\r\ncontent-length: ${10 ** 12}\r\n\r\n`,
      );
      const piece = Buffer.alloc(1024 * 1024, 'x');
      while (!socket.destroyed) {
        await new Promise((resolve) => socket.write(piece, resolve));
        if (socket.bytesWritten > 256 * 1024 * 1024) throw new Error('It goes on reading.');
      }
      await closed;
      expect(answer).toContain('"code":"body_too_large"');
    }, 30_000);

    async function sendChunked(body: string): Promise<{ status: number; body: ReturnType<typeof JSON.parse> }> {
      const stream = new Blob([body]).stream();
      const headers = { authorization: `Bearer ${KEYS.acme}`, 'content-type': 'application/json' };
      const response = await fetch(`${api.address}/v1/jobs`, { method: 'POST', body: stream, headers, duplex: 'half' });
      return { status: response.status, body: await response.json() };
    }
  });

  describe('a method that a route does not take', () => {
    it.each([
      ['DELETE', '/v1/jobs', 'GET, HEAD, POST'],
      ['POST', '/v1/jobs/job_1?raw=true', 'GET, HEAD'],
      ['GET', '/v1/jobs/job_1/cancel', 'POST'],
      ['HEAD', '/v1/jobs/job_1/cancel', 'POST'],
      ['PATCH', '/v1/models/meta/llama-3.1', 'GET, HEAD'],
      ['PUT', '/health/live', 'GET, HEAD'],
      ['PROPFIND', '/', 'GET, HEAD'],
    ])('%s %s: 405, and it takes %s', async (method, target, allow) => {
      const { status, headers, body, text: written } = await api.ask(target, { method, key: null });
      expect([status, headers.get('allow')]).toEqual([405, allow]);
      if (method === 'HEAD') return expect(written).toBe('');
      expect(body.error).toEqual({
        type: 'invalid_request_error',
        code: 'method_not_allowed',
        message: expect.stringContaining(allow),
        param: null,
        requestId: expect.stringMatching(MADE_HERE),
      });
    });

    it.each(['/v1/nothing', '/v1/jobs/job_1/cancel/now', '/V1/jobs', '//v1/jobs'])(
      'at an address that there is not stays a 404: %s',
      async (target) => {
        const { status, headers } = await api.ask(target, { method: 'DELETE' });
        expect([status, headers.get('allow')]).toEqual([404, null]);
      },
    );
  });

  describe('what is no proper HTTP', () => {
    it.each([
      ['rubbish', 'EHLO example.com\r\n\r\n', 400],
      ['a bad header', 'GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n', 400],
      ['two lengths', 'POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx', 400],
      [
        'a length and chunks',
        'POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
        400,
      ],
      ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
      ['a path without end', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431],
    ])('%s', async (_name, bytes, status) => {
      const answer = await exchange(bytes);
      expect(answer.status).toBe(status);
      expect(answer.head).toMatch(/^content-type: application\/json/m);
      expect(answer.body.error).toEqual({
        type: 'invalid_request_error',
        code: expect.any(String),
        message: expect.any(String),
        param: null,
        requestId: expect.stringMatching(MADE_HERE),
      });
      expect(answer.head).toContain(`x-request-id: ${answer.body.error.requestId}`);
    });

    it('goes on after a client that breaks off', async () => {
      const { port, hostname } = new URL(api.address);
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(
        `POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEYS.acme}\r\ncontent-length: 99\r\n\r\n{`,
      );
      socket.resetAndDestroy();
      expect((await api.ask('/v1/jobs')).status).toBe(200);
    });
  });

  describe('what needs no key', () => {
    it('leads from / to the description', async () => {
      const { status, headers } = await api.ask('/', { key: null });
      expect([status, headers.get('location')]).toEqual([302, '/docs']);
    });

    it('answers health and metrics', async () => {
      expect((await api.ask('/health/live', { key: null })).body).toEqual({ status: 'ok' });
      const ready = await api.ask('/health/ready', { key: null });
      expect(ready.body).toMatchObject({ status: 'ok', details: { database: { status: 'up' } } });
      const metrics = await api.ask('/metrics', { key: null });
      expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(metrics.text).toMatch(/^# TYPE \w+ \w+$/m);
    });
  });

  it.each([
    '/',
    '/docs',
    '/docs/openapi.json',
    '/health/live',
    '/health/ready',
    '/v1/jobs',
    '/v1/models',
    '/v1/models/chat',
    '/v1/providers',
    '/v1/jobs/job_1',
    '/nothing',
  ])('answers HEAD %s as GET, without a body', async (target) => {
    const [head, get] = await Promise.all([api.ask(target, { method: 'HEAD' }), api.ask(target)]);
    expect([head.status, head.text]).toEqual([get.status, '']);
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
  });
});

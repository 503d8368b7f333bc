import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

const NEVER = `file_${'0'.repeat(32)}`;

describe('files', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(() => api.close());

  /** Has an image made. @returns the job's id, and the path of the image's bytes. */
  async function draw(bytes: Buffer, mimeType = 'image/png'): Promise<{ job: string; path: string }> {
    const job = await api.submit({ type: 'image', request: { prompt: 'a cat' } });
    await api.worker.succeed(await api.worker.claimOne(), { images: [{ base64: bytes.toString('base64'), mimeType }] });
    const { body } = await api.ask(`/v1/jobs/${job}`);
    return { job, path: new URL(body.result.images[0].url).pathname };
  }

  async function fetchBytes(path: string): Promise<{ response: Response; bytes: Buffer }> {
    const response = await fetch(`${api.address}${path}`, { headers: { authorization: `Bearer ${KEYS.acme}` } });
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  it('answer the bytes of an image at the address that its job gives', async () => {
    const bytes = randomBytes(2_500_000);
    const { job } = await draw(bytes);
    for (const path of [`/v1/jobs/${job}`, `/v1/jobs/${job}?raw=true`]) {
      const { body } = await api.ask(path);
      const [{ url, mimeType, base64 }] = body.result.images;
      expect([mimeType, base64]).toEqual(['image/png', undefined]);
      expect(url).toMatch(new RegExp(`^${api.address}/v1/files/file_[0-9a-f]{32}/content$`));
      const { response, bytes: answered } = await fetchBytes(new URL(String(url)).pathname);
      expect(response.status).toBe(200);
      expect(answered.equals(bytes)).toBe(true);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'image/png',
        'content-length': String(bytes.length),
        'content-disposition': expect.stringMatching(/^attachment; filename\*=UTF-8''file_[0-9a-f]+\.png$/),
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
      });
    }
  });

  it('are addressed in lists too, and in those of an administrator', async () => {
    const { job, path } = await draw(Buffer.from('small'));
    for (const list of ['/v1/jobs?limit=5', '/v1/admin/jobs?limit=5']) {
      const { body } = await api.ask(list, { key: KEYS.admin, headers: { 'x-tenant': 'acme' } });
      const found = body.data.find((each: { id: string }) => each.id === job);
      expect(found.result.images).toEqual([{ url: `${api.address}${path}`, mimeType: 'image/png' }]);
    }
  });

  it('have OpenAI’s shape', async () => {
    const { path } = await draw(Buffer.from('small'));
    const { status, body } = await api.ask(path.replace('/content', ''));
    expect([status, body]).toEqual([
      200,
      {
        id: path.split('/')[3],
        object: 'file',
        bytes: 5,
        created_at: expect.any(Number),
        expires_at: body.created_at + 30 * 86_400,
        filename: `${path.split('/')[3]}.png`,
        purpose: 'image_output',
        status: 'processed',
      },
    ]);
  });

  it('are nobody else’s, who is answered as if there were none; an administrator sees each', async () => {
    const { path } = await draw(Buffer.from('mine'));
    for (const suffix of ['', '/content']) {
      const own = path.replace('/content', '') + suffix;
      const foreign = await api.ask(own, { key: KEYS.globex });
      const never = await api.ask(`/v1/files/${NEVER}${suffix}`, { key: KEYS.globex });
      const malformed = await api.ask(`/v1/files/..%2f${suffix}`);
      for (const { status, body } of [foreign, never, malformed]) {
        expect([status, { ...body.error, requestId: '' }]).toEqual([404, { ...never.body.error, requestId: '' }]);
      }
      expect((await api.ask(own, { key: KEYS.admin })).status).toBe(200);
    }
  });

  it('are said to be there by HEAD, without their bytes', async () => {
    const { path } = await draw(Buffer.from('12345'));
    const { status, headers, text: body } = await api.ask(path, { method: 'HEAD' });
    expect([status, headers.get('content-length'), headers.get('content-type'), body]).toEqual([
      200,
      '5',
      'image/png',
      '',
    ]);
  });

  it('are addressed as each client reaches us, and by the path where it does not say', async () => {
    const { job, path } = await draw(Buffer.from('small'));
    expect(await urlAskedBy('GET', job, 'host: gateway.internal:8080\r\n')).toBe(`http://gateway.internal:8080${path}`);
    expect(await urlAskedBy('GET', job, '')).toBe(path);
  });

  it('are addressed at PUBLIC_URL where it is set', async () => {
    const beside = await startTestApi({ beside: api, env: { PUBLIC_URL: 'https://ai.example.com/' } });
    const { job, path } = await draw(Buffer.from('small'));
    const { body } = await beside.ask(`/v1/jobs/${job}`);
    expect(body.result.images[0].url).toBe(`https://ai.example.com${path}`);
    await beside.close();
  }, 30_000);

  it('do not fill memory where clients take none of them', async () => {
    const bytes = 20_000_000;
    // The database writes each byte as two digits.
    const wire = 2 * bytes;
    const { path } = await draw(randomBytes(bytes));
    const before = api.proxy.received;
    const clients = await Promise.all(Array.from({ length: 4 }, () => stall(path)));
    const { response, bytes: answered } = await fetchBytes(path);
    expect([response.status, response.ok ? '' : api.log()]).toEqual([200, '']);
    expect(answered).toHaveLength(bytes);
    // All of one, and of each other what the kernel keeps for its client and the pieces behind that.
    expect(api.proxy.received - before).toBeLessThan(wire + clients.length * 0.7 * wire);
    for (const client of clients) client.destroy();
    expect(api.log()).not.toMatch(/"level":"error"/);
  }, 30_000);

  /** A client that asks, and reads no more than the beginning of its answer. */
  async function stall(path: string) {
    const { port, hostname } = new URL(api.address);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEYS.acme}\r\n\r\n`);
    await once(socket, 'readable');
    return socket;
  }

  /** The address of a job's image, as it is told to a client that sends these headers. */
  async function urlAskedBy(method: string, job: string, headers: string): Promise<string> {
    const { port, hostname } = new URL(api.address);
    const socket = connect(Number(port), hostname);
    const version = headers === '' ? '1.0' : '1.1';
    socket.write(
      `${method} /v1/jobs/${job} HTTP/${version}\r\n${headers}authorization: Bearer ${KEYS.acme}\r\nconnection: close\r\n\r\n`,
    );
    return /"url":"([^"]*)"/.exec(await text(socket))?.[1] ?? '';
  }
});

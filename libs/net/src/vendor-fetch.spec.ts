import { getEventListeners, once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { CallTimeoutError, type CallTimeouts, ProviderError } from '@switchyard/contract';
import { createVendorFetch, type VendorFetch } from './vendor-fetch.js';

const PATIENT: CallTimeouts = { connectMs: 5_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 10_000 };

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function vendorFetch(timeouts: Partial<CallTimeouts> = {}, maxResponseBytes = 1_000_000): VendorFetch {
  const made = createVendorFetch({ timeouts: { ...PATIENT, ...timeouts }, maxResponseBytes });
  closers.push(() => made.close());
  return made;
}

interface Peer {
  readonly url: string;
  /** What each connection sent, in the order in which they came. */
  readonly received: string[];
  readonly sockets: Socket[];
}

/** The first byte of a TLS handshake. */
const HANDSHAKE = 0x16;

/** A server of bytes: the script is called with each piece that holds the end of a request's head, or a handshake. */
async function peer(script: (socket: Socket, connection: number) => void): Promise<Peer> {
  const received: string[] = [];
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    const connection = sockets.push(socket) - 1;
    received.push('');
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      received[connection] += data.toString('latin1');
      if (data.includes('\r\n\r\n') || data[0] === HANDSHAKE) script(socket, connection);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, sockets };
}

function answer(body: string | Buffer, headers = ''): Buffer {
  const content = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${content.length}\r\n${headers}\r\n`),
    content,
  ]);
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error('It did not fail.'),
    (error: unknown) => error,
  );
}

async function closing(socket: Socket | undefined): Promise<void> {
  if (socket && !socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
}

describe('an ordinary call', () => {
  it('sends exactly what it is given and answers what came', async () => {
    const { url, received } = await peer((socket) => socket.write(answer('{"a":"é"}', 'x-request-id: r1\r\n')));
    const response = await vendorFetch().fetch(`${url}/v1/chat?x=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer k' },
      body: '{"p":"ü"}',
    });
    expect(response).toMatchObject({ status: 200, ok: true, url: `${url}/v1/chat?x=1`, bodyUsed: false });
    expect(response.headers.get('x-request-id')).toBe('r1');
    await expect(response.json()).resolves.toEqual({ a: 'é' });
    expect(response.bodyUsed).toBe(true);
    expect(Buffer.from(received[0] ?? '', 'latin1').toString()).toBe(
      `POST /v1/chat?x=1 HTTP/1.1\r\nhost: ${url.slice(7)}\r\nconnection: keep-alive\r\n` +
        'content-type: application/json\r\nauthorization: Bearer k\r\naccept-encoding: gzip, deflate, br\r\n' +
        'content-length: 10\r\n\r\n{"p":"ü"}',
    );
  });

  it('keeps its socket for the next call and leaves no listener behind', async () => {
    const { url, sockets } = await peer((socket) => socket.write(answer('{}')));
    const { fetch } = vendorFetch();
    const { signal } = new AbortController();
    for (let call = 0; call < 9; call++) await (await fetch(url, { signal })).text();
    // One more than needed: undici looks once at a socket that has just become free before it uses it again.
    expect(sockets.length).toBeLessThan(3);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('takes forms, and answers forms, blobs and buffers', async () => {
    const form = new FormData();
    form.set('purpose', 'batch');
    const { url, received } = await peer((socket) =>
      socket.write(answer('a=1', 'content-type: application/x-www-form-urlencoded\r\n')),
    );
    const { fetch } = vendorFetch();
    const post = () => fetch(new URL(url), { method: 'POST', body: form });
    expect((await (await post()).formData()).get('a')).toBe('1');
    expect(received[0]).toContain('name="purpose"');
    expect(await (await (await post()).blob()).text()).toBe('a=1');
    expect((await (await post()).arrayBuffer()).byteLength).toBe(3);
  });

  it('does not follow a redirect', async () => {
    const { url, received } = await peer((socket) =>
      socket.write('HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n'),
    );
    expect((await vendorFetch().fetch(url)).status).toBe(307);
    expect(received.join('')).not.toContain('elsewhere');
  });

  it.each([
    ['gzip', gzipSync('grüße')],
    ['deflate', deflateSync('grüße')],
    ['deflate', deflateRawSync('grüße')],
    ['br', brotliCompressSync('grüße')],
    ['identity', Buffer.from('grüße')],
  ])('reads an answer in %s, however it is sliced', async (encoding, bytes) => {
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\nconnection: close\r\n\r\n`;
    const { url } = await peer((socket) => {
      socket.setNoDelay(true);
      for (const byte of Buffer.concat([Buffer.from(head), bytes])) socket.write(Buffer.of(byte));
      socket.end();
    });
    expect(await (await vendorFetch().fetch(url)).text()).toBe('grüße');
  });
});

describe('a streamed answer', () => {
  it('is readable as it comes, and closes its socket when it is cancelled', async () => {
    const { url, sockets } = await peer((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n'),
    );
    const reader = (await vendorFetch().fetch(url)).body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('one');
    sockets[0]?.write('3\r\ntwo\r\n');
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('two');
    await reader?.cancel();
    await closing(sockets[0]);
  });

  it('is not idle while its vendor is slow', async () => {
    const { url } = await peer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
      let left = 10;
      const drip = setInterval(() => (left-- > 0 ? socket.write('.') : socket.end()), 50);
      socket.on('close', () => clearInterval(drip));
    });
    const response = await vendorFetch({ idleMs: 300 }).fetch(url);
    expect(await response.text()).toBe('..........');
  });

  it('is not idle while its reader is slow, nor read ahead of it', async () => {
    const size = 48_000_000;
    const { url, sockets } = await peer((socket) => socket.write(answer(Buffer.alloc(size))));
    const response = await vendorFetch({ idleMs: 60 }, size).fetch(url);
    const reader = response.body?.getReader();
    let bytes = (await reader?.read())?.value?.length ?? 0;
    // Time passing is what is tested here.
    await delay(200);
    expect(sockets[0]?.writableLength).toBeGreaterThan(0);
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) bytes += part.value.length;
    expect(bytes).toBe(size);
  });
});

it('leaves no timer behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const { url } = await peer((socket) => socket.write(answer('{}')));
  const { fetch } = vendorFetch();
  await (await fetch(url)).text();
  const before = timers();
  for (let call = 0; call < 9; call++) await (await fetch(url)).text();
  expect(timers() - before).toBeLessThan(9);
});

describe('an abort', () => {
  const reason = new Error('canceled by the user');

  it('before the call: nothing is sent', async () => {
    const { url, sockets } = await peer(() => undefined);
    expect(await failureOf(vendorFetch().fetch(url, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(sockets).toHaveLength(0);
  });

  it('while it connects: rejects at once', async () => {
    const { url } = await peer(() => undefined);
    const controller = new AbortController();
    const call = failureOf(vendorFetch().fetch(url.replace('http:', 'https:'), { signal: controller.signal }));
    controller.abort(reason);
    expect(await call).toBe(reason);
  });

  it.each([
    ['before the answer', ''],
    ['in mid-answer', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart'],
  ])('%s: closes the socket and rejects with its reason', async (_when, bytes) => {
    const controller = new AbortController();
    const { url, sockets } = await peer((socket) => socket.write(bytes || '', () => setImmediate(abort)));
    const abort = () => controller.abort(reason);
    const call = vendorFetch().fetch(url, { signal: controller.signal });
    expect(await failureOf(call.then((response) => response.text()))).toBe(reason);
    await closing(sockets[0]);
  });
});

describe('limits', () => {
  it.each([
    ['connect', { connectMs: 60 }, 'https:', ''],
    ['firstByte', { firstByteMs: 60 }, 'http:', ''],
    ['firstByte', { firstByteMs: 60 }, 'http:', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['idle', { idleMs: 60 }, 'http:', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart'],
    ['total', { totalMs: 60 }, 'http:', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart'],
  ] as const)('%s: closes the socket', async (limit, timeouts, protocol, bytes) => {
    const { url, sockets } = await peer((socket) => socket.write(bytes));
    const call = vendorFetch(timeouts).fetch(url.replace('http:', protocol));
    const failure = await failureOf(call.then((response) => response.text()));
    expect(failure).toBeInstanceOf(CallTimeoutError);
    expect(failure).toMatchObject({ limit, milliseconds: 60 });
    await closing(sockets[0]);
  });

  it('total: a vendor that never falls silent is still cut off', async () => {
    const { url } = await peer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const drip = setInterval(() => socket.write('.'), 10);
      socket.on('close', () => clearInterval(drip));
    });
    const call = vendorFetch({ idleMs: 1_000, totalMs: 150 }).fetch(url);
    expect(await failureOf(call.then((response) => response.text()))).toMatchObject({ limit: 'total' });
  });

  const cap = 10_000;
  it.each([
    ['announced', answer(Buffer.alloc(cap + 1))],
    ['sent', Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), Buffer.alloc(cap + 1)])],
    ['decompressed', answer(gzipSync(Buffer.alloc(50_000_000)), 'content-encoding: gzip\r\n')],
  ])('size, as %s', async (_what, bytes) => {
    const { url, sockets } = await peer((socket) => socket.write(bytes));
    const call = vendorFetch({}, cap).fetch(url);
    const failure = await failureOf(call.then((response) => response.text()));
    expect(failure).toBeInstanceOf(ProviderError);
    expect(failure).toMatchObject({ code: 'response_too_large', reachedVendor: true });
    await closing(sockets[0]);
  });
});

describe('whether a request has been sent', () => {
  async function told(call: (onSent: () => void) => Promise<unknown>): Promise<number> {
    let times = 0;
    await call(() => (times += 1)).catch(() => undefined);
    return times;
  }

  it('is told once, before a byte has left', async () => {
    const { url, received } = await peer((socket) => socket.write(answer('{}')));
    const { fetch } = vendorFetch();
    let before = '';
    const read = async (onSent: () => void): Promise<string> => (await fetch(url, { onSent })).text();
    expect(await told((onSent) => read(() => ((before = received.join('')), onSent())))).toBe(1);
    expect(before).toBe('');
    // The second time on a kept socket.
    expect(await told(read)).toBe(1);
  });

  it('is told where the peer resets, and not where there is no connection, no handshake and no name', async () => {
    const resetting = await peer((socket) => socket.resetAndDestroy());
    const plain = await peer((socket) => socket.end('this is no TLS\r\n\r\n'));
    const { fetch } = vendorFetch();
    expect(await told((onSent) => fetch(resetting.url, { onSent }))).toBe(1);
    for (const url of ['http://127.0.0.1:1', plain.url.replace('http:', 'https:'), 'http://vendor.invalid']) {
      expect(await told((onSent) => fetch(url, { onSent }))).toBe(0);
    }
  });

  it('is not told when the call is aborted while it connects', async () => {
    const { url, sockets } = await peer(() => undefined);
    const { fetch } = vendorFetch();
    const controller = new AbortController();
    const call = told((onSent) => fetch(url.replace('http:', 'https:'), { onSent, signal: controller.signal }));
    while (sockets.length === 0) await delay(1);
    controller.abort();
    expect(await call).toBe(0);
  });
});

describe('failures', () => {
  async function failure(url: string): Promise<unknown> {
    return failureOf(
      vendorFetch()
        .fetch(url, { method: 'POST', body: '{}' })
        .then((response) => response.text()),
    );
  }

  it('a refused connection, a failed handshake and a name that is none have reached nobody', async () => {
    const { url } = await peer((socket) => socket.end('this is no TLS\r\n\r\n'));
    const plain = await peer((socket) => socket.end());
    await closers.pop()?.();
    for (const [address, code] of [
      [plain.url, 'ECONNREFUSED'],
      [url.replace('http:', 'https:'), ''],
      ['http://vendor.invalid', 'E'],
    ] as const) {
      const error = await failure(address);
      expect(error).toMatchObject({ code: 'network', reachedVendor: false });
      expect(String(error)).toContain(code);
    }
  });

  it('what cannot be sent has reached nobody', async () => {
    const { fetch } = vendorFetch();
    const call = (url: string, headers: Record<string, string>) => failureOf(fetch(url, { headers }));
    const expected = { code: 'invalid_request', reachedVendor: false };
    expect(await call('http://127.0.0.1:1', { authorization: 'Bearer a\nsecret' })).toMatchObject(expected);
    expect(await call('ftp://127.0.0.1:1', {})).toMatchObject(expected);
    expect(await call('no url', {})).toMatchObject(expected);
  });

  it.each([
    ['a reset before the answer', '', 'network'],
    ['a reset in the head', 'HTTP/1.1 200 OK\r\ncontent-le', 'network'],
    ['a reset in the body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart', 'network'],
    ['a chunked body that is cut off', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\npart', 'network'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'bad_response'],
    ['an encoding that nobody asked for', 'HTTP/1.1 200 OK\r\ncontent-encoding: x-foo\r\n\r\n', 'bad_response'],
    ['broken compression', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nnot gzip', 'bad_response'],
  ])('%s', async (_what, bytes, code) => {
    const { url, sockets } = await peer((socket) => socket.end(bytes));
    const error = await failure(url);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ code, reachedVendor: true });
    expect(sockets).toHaveLength(1);
  });

  it('compression that ends too early', async () => {
    const whole = gzipSync('a text of some length');
    const bytes = answer(whole.subarray(0, whole.length - 4), 'content-encoding: gzip\r\n');
    const { url } = await peer((socket) => socket.write(bytes));
    expect(await failure(url)).toMatchObject({ code: 'bad_response' });
  });

  it('a kept socket that its peer closes on the next request is an error, and nothing is sent twice', async () => {
    let answered = 0;
    const { url, received } = await peer((socket) => {
      if (answered++ === 0) socket.write(answer('{}'));
      else socket.destroy();
    });
    const { fetch } = vendorFetch();
    await (await fetch(url, { method: 'POST', body: 'first' })).text();
    const error = await failureOf(fetch(url, { method: 'POST', body: 'second' }));
    expect(error).toMatchObject({ code: 'network', reachedVendor: true });
    expect(received.join('').split('second')).toHaveLength(2);
  });

  it('closing ends the calls that run', async () => {
    const made = vendorFetch();
    const { url, sockets } = await peer(() => void made.close());
    expect(await failureOf(made.fetch(url))).toMatchObject({ code: 'network' });
    await closing(sockets[0]);
  });
});

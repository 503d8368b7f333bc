import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import { until } from './until.js';

describe('the TCP proxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  /** Of one test alone: sockets of the one before may still be closing. */
  let seen: { received: string; ends: number; lost: string };
  const clients: Socket[] = [];

  /** A server that answers whatever it is sent, and closes when its client does. */
  beforeEach(async () => {
    const mine = { received: '', ends: 0, lost: '' };
    seen = mine;
    server = createServer((socket) => {
      socket.on('data', (bytes) => {
        mine.received += String(bytes);
        socket.write(`<${String(bytes)}>`);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => (mine.ends += 1));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    proxy = await startTcpProxy({ port, host: '127.0.0.1' }, (bytes) => (mine.lost += String(bytes)));
  });
  afterEach(async () => {
    for (const socket of clients.splice(0)) socket.destroy();
    await proxy.close();
    server.close();
    await once(server, 'close');
  });

  interface Client {
    readonly socket: Socket;
    readonly heard: () => string;
    readonly failure: () => string | undefined;
  }

  async function open(): Promise<Client> {
    const socket = connect(proxy.port, '127.0.0.1');
    clients.push(socket);
    let heard = '';
    let failure: string | undefined;
    socket.on('data', (bytes) => (heard += String(bytes)));
    socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code));
    await once(socket, 'connect');
    return { socket, heard: () => heard, failure: () => failure };
  }

  const hears = (client: Client, text: string): Promise<void> =>
    until(`heard ${text}`, () => client.heard() === text, 5_000, client.heard);

  it('passes both ways, and the end too', async () => {
    const client = await open();
    client.socket.write('one');
    await hears(client, '<one>');
    client.socket.end();
    await until('the server saw the end', () => seen.ends === 1, 5_000);
    expect(seen.lost).toBe('');
  });

  it('holds what goes to the server, and what it held comes when the line is open', async () => {
    const client = await open();
    proxy.poison({ kind: 'hang', toward: 'server' });
    client.socket.write('held');
    const later = await open();
    later.socket.write(' too');
    proxy.poison({ kind: 'hang', toward: 'server' });
    expect(seen.received).toBe('');
    await proxy.open();
    await hears(client, '<held>');
    await hears(later, '< too>');
  });

  it('holds only what comes from the server: it has done what it was asked', async () => {
    const client = await open();
    proxy.poison({ kind: 'hang', toward: 'client' });
    client.socket.write('done');
    await until('the server was asked', () => seen.received === 'done', 5_000);
    expect(client.heard()).toBe('');
    client.socket.destroy();
    await until('the server knows', () => seen.ends === 1, 5_000);
  });

  it('keeps a server from knowing that its client is gone while nothing passes', async () => {
    const client = await open();
    client.socket.write('hello');
    await hears(client, '<hello>');
    proxy.poison({ kind: 'hang', toward: 'both' });
    client.socket.destroy();
    const other = await open();
    other.socket.write('x');
    expect(seen.ends).toBe(0);
    await proxy.open();
    await until('the server knows', () => seen.ends === 1, 5_000);
  });

  it('loses what is dropped, says so, and resets whoever sent it when the line is open', async () => {
    const [quiet, sender] = [await open(), await open()];
    proxy.poison({ kind: 'drop' });
    sender.socket.write('gone');
    await until('it is lost', () => seen.lost === 'gone', 5_000);
    await proxy.open();
    await until('it is reset', () => sender.failure() === 'ECONNRESET', 5_000);
    quiet.socket.write('kept');
    await hears(quiet, '<kept>');
    expect(seen.received).toBe('kept');
  });

  it('says what was lost when it was held and its connection was cut', async () => {
    const client = await open();
    proxy.poison({ kind: 'hang', toward: 'server' });
    client.socket.write('waiting');
    const other = await open();
    other.socket.write('passed?');
    await proxy.shut();
    await until('both are lost', () => seen.lost.includes('waiting') && seen.lost.includes('passed?'), 5_000);
    await until('it is reset', () => client.failure() === 'ECONNRESET', 5_000);
    await expect(open()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.open();
    const again = await open();
    again.socket.write('back');
    await hears(again, '<back>');
  });

  it('slices and delays without a loss', async () => {
    const client = await open();
    const text = 'abcdefghij'.repeat(50);
    proxy.poison({ kind: 'slice', bytes: 7 });
    client.socket.write(text);
    await until('all of it came', () => seen.received === text, 5_000);
    proxy.poison({ kind: 'latency', milliseconds: 30 });
    const askedAt = performance.now();
    const before = client.heard().length;
    client.socket.write('late');
    await until('the answer', () => client.heard().slice(before).endsWith('<late>'), 5_000);
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(59);
  });
});

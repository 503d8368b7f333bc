import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

/** Stands between the API and its database, and takes it away in the ways in which databases go. */
export interface TcpProxy {
  readonly port: number;
  /** Bytes that have come from the database. */
  received(): number;
  /** Ends every connection and refuses new ones. */
  shut(): Promise<void>;
  /** Keeps connections, takes new ones, and passes nothing on. */
  hang(): void;
  /** Lets everything through again, what was held back too. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Passes connections on to a server of this machine, at a port or at a socket in the file system. */
export async function startTcpProxy(target: NetConnectOpts): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let hanging = false;
  let received = 0;

  const server = createServer({ pauseOnConnect: true }, (inner) => {
    const outer = connect(target);
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (from === outer) received += bytes.length;
        to.write(bytes);
      });
      from.on('error', () => undefined);
      from.once('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (hanging) from.pause();
      else from.resume();
    }
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  };
  const shut = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const port = await listen(0);

  return {
    port,
    received: () => received,
    shut,
    hang() {
      hanging = true;
      for (const socket of sockets) socket.pause();
    },
    async open() {
      hanging = false;
      for (const socket of sockets) socket.resume();
      if (!server.listening) await listen(port);
    },
    async close() {
      if (server.listening) await shut();
    },
  };
}

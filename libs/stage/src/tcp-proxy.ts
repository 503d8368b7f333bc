import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

/** What is wrong with a line while nothing refuses it. */
export type Toxic =
  /** Every piece comes later. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** Everything comes in pieces of so many bytes. */
  | { readonly kind: 'slice'; readonly bytes: number }
  /** Half-open: connections are kept and taken, and nothing passes until the line is open again. */
  | { readonly kind: 'hang'; readonly toward: Direction | 'both' }
  /** Half-open: what is sent is gone. Whoever sent it meanwhile is reset when the line is open again. */
  | { readonly kind: 'drop' };

type Direction = 'server' | 'client';

/** Stands between a process and what it talks to, and takes that away in the ways in which it goes. */
export interface TcpProxy {
  readonly port: number;
  /** How many there are. */
  readonly connections: number;
  /** Bytes that have come from the server. */
  readonly received: number;
  /** Treats all connections so, those that come later too, until `open`. */
  poison(toxic: Toxic): void;
  /** Ends every connection without a goodbye; new ones are taken. */
  reset(): Promise<void>;
  /** Ends every connection and refuses new ones. */
  shut(): Promise<void>;
  /** Lets everything through again, what was held back too. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** For what has arrived to be read, in milliseconds. */
const READING_MS = 5;

interface Connection {
  /** To whom the proxy is the server. */
  readonly inner: Socket;
  readonly outer: Socket;
  /** Something that was sent is gone. */
  lossy: boolean;
}

/**
 * Passes connections on to a server of this machine, at a port or at a socket in the file system.
 * @param onLost is shown what was sent to the server and never reached it.
 */
export async function startTcpProxy(
  target: NetConnectOpts,
  onLost: (bytes: Buffer) => void = () => undefined,
): Promise<TcpProxy> {
  const connections = new Set<Connection>();
  let toxic: Toxic | undefined;
  let received = 0;
  let passable = Promise.resolve();
  let letPass = (): void => undefined;

  const become = (next: Toxic | undefined): void => {
    toxic = next;
    letPass();
    if (next?.kind === 'hang') passable = new Promise((resolve) => (letPass = resolve));
  };
  const holds = (toward: Direction): boolean =>
    toxic?.kind === 'hang' && (toxic.toward === 'both' || toxic.toward === toward);

  /** @returns false for what is gone. */
  async function admit(connection: Connection, toward: Direction): Promise<boolean> {
    while (holds(toward)) await passable;
    if (toxic?.kind === 'latency') await sleep(toxic.milliseconds);
    if (toxic?.kind === 'drop') connection.lossy = true;
    return !connection.lossy;
  }

  async function pass(connection: Connection, toward: Direction, bytes: Buffer): Promise<void> {
    const to = toward === 'server' ? connection.outer : connection.inner;
    if (!(await admit(connection, toward)) || !to.writable) {
      if (toward === 'server') onLost(bytes);
      return;
    }
    const length = toxic?.kind === 'slice' ? toxic.bytes : bytes.length;
    for (let start = 0; start < bytes.length && to.writable; start += length) {
      to.write(bytes.subarray(start, start + length));
      if (length < bytes.length) await turn();
    }
  }

  function relay(connection: Connection, toward: Direction): void {
    const { inner, outer } = connection;
    const [from, to] = toward === 'server' ? [inner, outer] : [outer, inner];
    let order = Promise.resolve();
    const inOrder = (step: () => Promise<void>): void => {
      order = order.then(step);
    };
    from.on('data', (bytes: Buffer) => {
      if (toward === 'client') received += bytes.length;
      inOrder(() => pass(connection, toward, bytes));
    });
    from.on('end', () =>
      inOrder(async () => {
        if (await admit(connection, toward)) to.end();
      }),
    );
    from.on('error', () => undefined);
    from.on('close', () =>
      inOrder(async () => {
        if (await admit(connection, toward)) to.destroySoon();
        if (inner.closed && outer.closed) connections.delete(connection);
      }),
    );
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (inner) => {
    const outer = connect({ ...target, allowHalfOpen: true });
    outer.setNoDelay(true);
    const connection = { inner, outer, lossy: false };
    connections.add(connection);
    relay(connection, 'server');
    relay(connection, 'client');
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  };
  /** What was sent up to now is read first, so that it can be told of. */
  const cut = async (cutOff: Iterable<Connection>): Promise<void> => {
    const chosen = [...cutOff];
    for (const connection of chosen) connection.lossy = true;
    await sleep(READING_MS);
    for (const connection of chosen) {
      connection.inner.resetAndDestroy();
      connection.outer.destroy();
      connections.delete(connection);
    }
  };
  const shut = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    await cut(connections);
    become(undefined);
    await closed;
  };
  const port = await listen(0);

  return {
    port,
    get connections() {
      return connections.size;
    },
    get received() {
      return received;
    },
    poison: become,
    reset: () => cut(connections),
    shut,
    async open() {
      const lossy = [...connections].filter((connection) => connection.lossy);
      become(undefined);
      await cut(lossy);
      if (!server.listening) await listen(port);
    },
    async close() {
      if (server.listening) await shut();
    },
  };
}

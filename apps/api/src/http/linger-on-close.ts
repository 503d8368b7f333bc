import type { IncomingMessage } from 'node:http';

/** What a client may still send of a body that was refused, in bytes and in milliseconds, until it is cut off. */
const MOST_BYTES = 64 * 1024 * 1024;
const LONGEST_MS = 30_000;

/**
 * Lets a connection that the answer closes hear its client out. A client that writes its whole body before it reads
 * would else never see why it was refused: bytes that arrive at a closed socket are answered by a reset, which voids the
 * answer on its way.
 */
export function lingerOnClose(request: IncomingMessage): void {
  const { socket } = request;
  let left = MOST_BYTES;
  // Read from here on: what Node itself drops of an unread body, it does not count.
  request.on('data', (dropped: Buffer) => {
    left -= dropped.length;
    if (left < 0) socket.destroy();
  });
  const close = socket.destroySoon.bind(socket);
  // By this Node ends a connection once its last answer is written.
  socket.destroySoon = () => {
    if (request.complete) return close();
    const timer = setTimeout(() => socket.destroy(), LONGEST_MS);
    socket.once('close', () => clearTimeout(timer));
    request.once('end', close);
    socket.end();
  };
}

import { once } from 'node:events';
import { connect } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';

/**
 * Connections that are kept open and send one body again and again, on bare sockets: a client of Node's own takes as much
 * of the processor as what it measures.
 */
export async function openConnections({ urls, connections, headers, body, keyHeader }) {
  const clients = await Promise.all(
    Array.from({ length: connections }, (_, index) =>
      openClient(new URL(urls[index % urls.length]), { headers, body, keyHeader, name: `${process.pid}-${index}` }),
    ),
  );
  return {
    /** Sends for some seconds. @returns the milliseconds of each request that was answered 202, and what others said. */
    async run(seconds) {
      const latencies = [];
      const failures = [];
      const start = performance.now();
      const end = start + seconds * 1_000;
      await Promise.all(
        clients.map(async (client) => {
          for (let sent = performance.now(); sent < end; sent = performance.now()) {
            const answer = await client.ask();
            if (answer.startsWith('HTTP/1.1 202 ')) latencies.push(performance.now() - sent);
            else failures.push(answer);
          }
        }),
      );
      return { latencies, failures, milliseconds: performance.now() - start };
    },
    close() {
      for (const client of clients) client.close();
    },
  };
}

async function openClient(url, { headers, body, keyHeader, name }) {
  const socket = connect(Number(url.port), url.hostname);
  await once(socket, 'connect');
  socket.setNoDelay(true);
  const lines = { host: url.host, ...headers, 'content-length': String(Buffer.byteLength(body)) };
  const head = [`POST ${url.pathname} HTTP/1.1`, ...Object.entries(lines).map((pair) => pair.join(': '))].join('\r\n');
  let number = 0;
  let received = '';
  let answered;
  let failed;
  const fail = () => failed?.(new Error(`${url.host} closed the connection.`));
  socket.on('error', fail).on('close', fail);
  socket.setEncoding('latin1').on('data', (data) => {
    received += data;
    if (!isWhole(received)) return;
    const answer = received;
    received = '';
    answered?.(answer);
  });
  return {
    ask() {
      number += 1;
      const key = keyHeader === undefined ? '' : `\r\n${keyHeader}: ${name}-${number}`;
      return new Promise((resolve, reject) => {
        answered = resolve;
        failed = reject;
        socket.write(`${head}${key}${END_OF_HEAD}${body}`);
      });
    },
    close: () => socket.destroy(),
  };
}

function isWhole(text) {
  const end = text.indexOf(END_OF_HEAD);
  if (end === -1) return false;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length >= end + END_OF_HEAD.length + length;
}

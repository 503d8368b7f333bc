import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, resolve } from 'node:path';

/** Stands for one of the apps: answers health, writes log lines and, into `FAKE_JOURNAL`, what happened to it. */
const name = basename(resolve(process.argv[1], '../..'));
const port = Number(name === 'api' ? process.env.PORT : process.env.APP_PORT);
const note = (event) => appendFileSync(process.env.FAKE_JOURNAL, `${JSON.stringify({ name, pid: process.pid, ...event })}\n`);

if (process.env.FAKE_BROKEN === name) {
  process.stderr.write(`${name}: it is broken\n`);
  process.exit(1);
}

const server = createServer((request, response) => {
  if (request.url === '/crash') process.exit(7);
  response.end('{}');
});
server.listen(port, process.env.HOST, () => {
  const environment = Object.keys(process.env).filter((key) => /^(DATABASE_URL|SWITCHYARD_|SIMULATOR_PORT)/.test(key));
  note({ event: 'start', port, environment: environment.sort() });
  process.stdout.write(`${JSON.stringify({ level: 'info', app: name, message: 'listening', port })}\n`);
});

function end(cause) {
  note({ event: 'end', cause });
  process.exit(0);
}

process.on('SIGTERM', () => {
  if (process.env.FAKE_STUBBORN !== name) end('SIGTERM');
});
process.on('disconnect', () => end('disconnect'));

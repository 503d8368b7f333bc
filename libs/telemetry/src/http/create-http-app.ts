import type { Socket } from 'node:net';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from '../logging/logger.js';
import { createNestLogger } from '../logging/nest-logger.js';

type ServerOptions = Exclude<ConstructorParameters<typeof FastifyAdapter>[0], undefined>;

interface HttpAppOptions {
  readonly logger: Logger;
  /** Largest body of a request, in bytes. Default 1 MiB. */
  readonly bodyLimit?: number;
  /** Further options of Fastify. */
  readonly server?: ServerOptions;
}

const DEFAULT_BODY_LIMIT = 1024 * 1024;
const SWEEP_MS = 50;

/** The connections of each app that are open. */
const socketsOf = new WeakMap<object, Set<Socket>>();

/**
 * A Nest app on Fastify that writes through our logger. Errors at the start reject instead of ending the process, and
 * no signal is listened to: the app's main decides the order of its end.
 */
export function createHttpApp(
  module: Type | DynamicModule,
  { logger, bodyLimit = DEFAULT_BODY_LIMIT, server }: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ logger: false, bodyLimit, ...server });
  const sockets = new Set<Socket>();
  socketsOf.set(adapter, sockets);
  adapter.getInstance().server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: createNestLogger(logger),
    abortOnError: false,
  });
}

interface Address {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
}

const LISTEN_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another process; stop that one or choose another port',
  EACCES: 'may not be used by this user; choose a port above 1023',
  EADDRNOTAVAIL: 'is not an address of this machine; check HOST',
  ENOTFOUND: 'is not an address of this machine; check HOST',
};

/**
 * Listens. @returns the address with the port that it got.
 * @throws Error whose message is one line for the operator, when the address cannot be had.
 */
export async function listen(app: NestFastifyApplication, { host, port }: Address): Promise<string> {
  await app.init();
  try {
    // Fastify's own, since Nest's writes the failure to the log as well.
    await app.getHttpAdapter().getInstance().listen({ port, host });
  } catch (error) {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
    const fault = typeof code === 'string' ? LISTEN_FAULTS[code] : undefined;
    if (fault === undefined) throw error;
    throw new Error(`${host}:${port} ${fault}.`, { cause: error });
  }
  const bound: unknown = app.getHttpServer().address();
  const actual = typeof bound === 'object' && bound !== null && 'port' in bound ? Number(bound.port) : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}

/**
 * Stops listening, lets open answers end for at most `graceMs`, then cuts what is left. A connection that carries
 * nothing is closed at once, also one that never did: Node takes that for one whose request is about to come.
 */
export async function closeHttpApp(app: NestFastifyApplication, graceMs: number): Promise<void> {
  const server = app.getHttpServer();
  const sockets = socketsOf.get(app.getHttpAdapter()) ?? [];
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }, SWEEP_MS);
  const end = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(end);
  }
}

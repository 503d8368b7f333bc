import { LOG_LEVELS, parseLogLevels } from '@switchyard/telemetry/logging';
import { FaultList } from '../faults/fault-list.js';
import type { Environment, TransportAddress } from './environment.js';
import { EnvironmentReader } from './environment-reader.js';

const DEFAULT_CONFIGURATION = 'switchyard.yaml';
const DEFAULT_PORT = 3000;
const LOOPBACK = '127.0.0.1';
const LAST_PORT = 65_535;
const APP_PORT_OFFSET = 100;
/** Courier, simulator, and from + 10 on a worker for each kind of provider. */
const APP_PORTS = 32;
const SECRET_BYTES = 32;

/**
 * Reads everything that the product takes from the environment.
 * @throws ConfigurationError with every variable that is not as it must be
 */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const faults = new FaultList();
  const reader = new EnvironmentReader(env, faults);
  const port = reader.integer('PORT', 1, LAST_PORT) ?? DEFAULT_PORT;
  const environment: Environment = {
    configurationPath: reader.text('SWITCHYARD_CONFIG') ?? DEFAULT_CONFIGURATION,
    configurationIsExplicit: reader.text('SWITCHYARD_CONFIG') !== undefined,
    nodeEnv: reader.matching('NODE_ENV', /^[\w-]+$/, 'a word of letters, digits, hyphens and underscores'),
    port,
    host: reader.matching('HOST', /^[A-Za-z0-9.:_-]+$/, 'an address or a host name, such as 0.0.0.0') ?? LOOPBACK,
    publicUrl: readPublicUrl(reader),
    databaseUrl: readDatabaseUrl(reader),
    queueUrl: readQueueUrl(reader),
    dataDirectory: reader.text('DATA_DIR') ?? '.switchyard',
    adminKey: reader.matching(
      'SWITCHYARD_ADMIN_KEY',
      /^[\x21-\x7e]{16,}$/,
      '16 or more visible characters without spaces',
    ),
    secret: readSecret(reader, 'SWITCHYARD_SECRET'),
    previousSecret: readSecret(reader, 'SWITCHYARD_SECRET_PREVIOUS'),
    webhookAllowHosts: readHosts(reader),
    logLevel: readLogLevel(reader),
    modelTransport: readTransport(reader, port),
    appPortBase: readAppPortBase(reader, port),
    strict: reader.flag('SWITCHYARD_STRICT'),
  };
  faults.throwIfAny();
  return environment;
}

function readPublicUrl(reader: EnvironmentReader): string | undefined {
  const form = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/;
  return reader.matching('PUBLIC_URL', form, 'a URL like https://ai.example.com')?.replace(/\/+$/, '');
}

function readDatabaseUrl(reader: EnvironmentReader): string | undefined {
  const words = 'a URL like postgres://user:password@host:5432/database';
  return reader.matching('DATABASE_URL', /^postgres(ql)?:\/\/\S+$/, words);
}

/** Several nodes stand between commas, which no general parser of URLs takes; the queue takes them apart. */
function readQueueUrl(reader: EnvironmentReader): string | undefined {
  const form = /^(postgres(ql)?|rediss?(\+(cluster|sentinel))?):\/\/\S+$/;
  const words = 'a URL that begins with postgres://, redis://, rediss://, redis+cluster:// or redis+sentinel://';
  return reader.matching('QUEUE_URL', form, words);
}

function readSecret(reader: EnvironmentReader, name: string): string | undefined {
  const secret = reader.text(name);
  if (secret !== undefined && Buffer.byteLength(secret) < SECRET_BYTES) {
    reader.fault(
      name,
      `must be ${SECRET_BYTES} bytes or more; generate one with: openssl rand -base64 ${SECRET_BYTES}`,
    );
  }
  return secret;
}

function readHosts(reader: EnvironmentReader): readonly string[] {
  const name = 'WEBHOOK_ALLOW_HOSTS';
  const entries = (reader.text(name) ?? '').split(',').map((entry) => entry.trim().toLowerCase());
  const hosts = entries.filter((entry) => entry !== '');
  const isHost = (entry: string): boolean => /^([a-z0-9._-]+|\[[0-9a-f:.]+\]|[0-9a-f:]+)(:\d{1,5})?$/.test(entry);
  if (!hosts.every(isHost))
    reader.fault(name, 'must be host names or addresses between commas, such as hooks.internal,127.0.0.1');
  return hosts;
}

function readLogLevel(reader: EnvironmentReader): string {
  const name = 'LOG_LEVEL';
  const text = reader.text(name) ?? 'info';
  try {
    parseLogLevels(text);
  } catch {
    reader.fault(
      name,
      `must be ${LOG_LEVELS.join(', ')}, or besides one of these others for modules: info,worker=debug`,
    );
  }
  return text;
}

function readTransport(reader: EnvironmentReader, port: number): TransportAddress | undefined {
  const name = 'MODEL_TRANSPORT';
  const text = reader.text(name);
  if (text === 'off') return undefined;
  if (text === undefined) {
    if (port === LAST_PORT)
      reader.fault(name, `must be given, as there is no port above PORT=${port}; name one, or off`);
    return { host: LOOPBACK, port: port + 1, named: false };
  }
  const [, bracketed, plain, digits] =
    /^(?:tcp:\/\/)?(?:(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const chosen = Number(digits);
  if (!(chosen >= 1 && chosen <= LAST_PORT))
    reader.fault(name, 'must be off, a port, or host:port such as 127.0.0.1:3001');
  return { host: bracketed ?? plain ?? LOOPBACK, port: chosen, named: true };
}

function readAppPortBase(reader: EnvironmentReader, port: number): number {
  const name = 'APP_PORT_BASE';
  const last = LAST_PORT - APP_PORTS;
  const given = reader.integer(name, 1, last);
  if (given === undefined && reader.text(name) === undefined && port + APP_PORT_OFFSET > last) {
    reader.fault(name, `must be given, as PORT + ${APP_PORT_OFFSET} leaves no room; name a port from 1 to ${last}`);
  }
  return given ?? port + APP_PORT_OFFSET;
}

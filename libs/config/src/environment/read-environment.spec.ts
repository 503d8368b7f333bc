import { ConfigurationError } from '../faults/configuration-error.js';
import { readEnvironment } from './read-environment.js';

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readEnvironment(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ path }) => path);
    throw error;
  }
}

describe('readEnvironment', () => {
  it('has a default for everything', () => {
    expect(readEnvironment({})).toEqual({
      configurationPath: 'switchyard.yaml',
      configurationIsExplicit: false,
      nodeEnv: undefined,
      port: 3000,
      host: '127.0.0.1',
      publicUrl: undefined,
      databaseUrl: undefined,
      queueUrl: undefined,
      dataDirectory: '.switchyard',
      adminKey: undefined,
      secret: undefined,
      previousSecret: undefined,
      webhookAllowHosts: [],
      logLevel: 'info',
      modelTransport: { host: '127.0.0.1', port: 3001, named: false },
      appPortBase: 3100,
      strict: false,
    });
  });

  it('takes what is set, and takes an empty variable for none', () => {
    const environment = readEnvironment({
      SWITCHYARD_CONFIG: '/etc/switchyard/production.yaml',
      NODE_ENV: 'production',
      PORT: '8080',
      HOST: '0.0.0.0',
      PUBLIC_URL: 'https://ai.example.com/switchyard/',
      DATABASE_URL: 'postgres://u:p@db:5432/switchyard?sslmode=require',
      QUEUE_URL: '',
      DATA_DIR: '/var/lib/switchyard',
      SWITCHYARD_ADMIN_KEY: 'sk-admin-0123456789',
      SWITCHYARD_SECRET: 'é'.repeat(16),
      WEBHOOK_ALLOW_HOSTS: ' Hooks.internal, 127.0.0.1:8443 ,,[::1]',
      LOG_LEVEL: 'info,provider-kit=debug',
      MODEL_TRANSPORT: 'off',
      APP_PORT_BASE: '9000',
      SWITCHYARD_STRICT: '1',
    });
    expect(environment).toMatchObject({
      configurationPath: '/etc/switchyard/production.yaml',
      configurationIsExplicit: true,
      nodeEnv: 'production',
      port: 8080,
      publicUrl: 'https://ai.example.com/switchyard',
      queueUrl: undefined,
      webhookAllowHosts: ['hooks.internal', '127.0.0.1:8443', '[::1]'],
      modelTransport: undefined,
      appPortBase: 9000,
      strict: true,
    });
  });

  it.each([
    'postgres://localhost/x',
    'postgresql://localhost/x',
    'redis://localhost:6379',
    'rediss://:secret@redis:6380/2',
    'redis://a:6379,b:6379,c:6379',
    'redis+cluster://a:6379,b:6379?tls=1',
    'redis+sentinel://a:26379,b:26379?master=mymaster',
  ])('takes %s for the queue', (url) => {
    expect(readEnvironment({ QUEUE_URL: url }).queueUrl).toBe(url);
  });

  it.each([
    ['4000', { host: '127.0.0.1', port: 4000, named: true }],
    ['0.0.0.0:4000', { host: '0.0.0.0', port: 4000, named: true }],
    ['tcp://[::1]:4000', { host: '::1', port: 4000, named: true }],
  ])('takes %s for the transport', (text, expected) => {
    expect(readEnvironment({ MODEL_TRANSPORT: text }).modelTransport).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['PORT', ['0', '65536', 'http', '3000.5', '-1', '0x50']],
    ['HOST', ['not a host', 'http://x']],
    ['PUBLIC_URL', ['ai.example.com', 'ftp://x', 'https://', 'https://u:p@x', 'https://x?y']],
    ['DATABASE_URL', ['mysql://x', 'localhost:5432']],
    ['QUEUE_URL', ['http://redis', 'amqp://x', 'redis://']],
    ['SWITCHYARD_ADMIN_KEY', ['short', 'has a space in the middle', 'sixteen-but-not-visible-é']],
    ['SWITCHYARD_SECRET', ['x'.repeat(31)]],
    ['SWITCHYARD_SECRET_PREVIOUS', ['x']],
    ['WEBHOOK_ALLOW_HOSTS', ['http://hooks', 'a b']],
    ['LOG_LEVEL', ['loud', 'info,worker=loud', 'info,=debug', 'info debug']],
    ['MODEL_TRANSPORT', ['on', '99999', 'host:', '0']],
    ['APP_PORT_BASE', ['0', '65535', 'x']],
    ['SWITCHYARD_STRICT', ['yes']],
    ['NODE_ENV', ['../secret']],
  ])('refuses a wrong %s', (name, values) => {
    for (const value of values) expect([value, faultsOf({ [name]: value })]).toEqual([value, [name]]);
  });

  it('asks for the ports that a high PORT leaves no room for', () => {
    expect(faultsOf({ PORT: '65535' })).toEqual(['MODEL_TRANSPORT', 'APP_PORT_BASE']);
  });

  it('names every fault at once, without a value', () => {
    const env = {
      PORT: 'canary1',
      SWITCHYARD_SECRET: 'canary2',
      DATABASE_URL: 'canary3',
      SWITCHYARD_ADMIN_KEY: 'canary4',
      QUEUE_URL: 'canary5',
      LOG_LEVEL: 'canary6',
    };
    expect(faultsOf(env)).toEqual(expect.arrayContaining(Object.keys(env)));
    expect(() => readEnvironment(env)).toThrow(/^(?!.*canary)[^]*PORT: must be a whole number from 1 to 65535$/m);
    expect(() => readEnvironment(env)).not.toThrow(/canary/);
  });
});

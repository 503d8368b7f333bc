import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { loadConfiguration } from '../libs/config/src/index.js';
import { parseDockerfile } from '../tools/dockerfile/parse-dockerfile.mjs';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly args: { readonly APP: string } };
  readonly command?: string;
  readonly environment?: Record<string, string | number | null>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly profiles?: readonly string[];
  readonly depends_on?: Record<string, { readonly condition: string }>;
}

const root = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Apps that run as long as the system does; the command line is run by hand or once, and the end-to-end specs never. */
const apps = readdirSync(join(root, 'apps')).filter((app) => !['chaos', 'cli', 'e2e'].includes(app));

describe('docker/compose.yaml', () => {
  const { services } = parse(read('docker/compose.yaml'), { merge: true }) as { services: Record<string, Service> };
  const built = Object.entries(services).filter(([, { build }]) => build);

  it('has a service for every app, named like it', () => {
    expect(built.map(([name]) => name).sort()).toEqual([...apps, 'migrate'].sort());
    for (const [name, { build }] of built) expect(build?.args.APP).toBe(name === 'migrate' ? 'cli' : name);
  });

  it('starts by itself only what the configuration has work for', () => {
    const started = built.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
    expect(started).toEqual(['migrate', 'api', 'courier', 'worker-openai', 'worker-custom', 'simulator']);
    for (const [name, { profiles = [name] }] of built) expect(profiles).toEqual([name]);
  });

  it('builds from a Dockerfile that is there', () => {
    for (const [, { build }] of built) {
      expect(existsSync(resolve(root, 'docker', build?.context ?? '', build?.dockerfile ?? ''))).toBe(true);
    }
  });

  it('gives every app the same environment, and no secret of its own', () => {
    for (const [, { environment }] of built) {
      expect(environment).toMatchObject({ HOST: '0.0.0.0', QUEUE_URL: 'redis://redis:6379' });
      expect(environment?.DATABASE_URL).toContain('@postgres:5432/');
      expect(environment?.SWITCHYARD_SECRET).toMatch(/^\$\{SWITCHYARD_SECRET:\?/);
      expect(environment).toHaveProperty('SWITCHYARD_ADMIN_KEY', null);
      expect(existsSync(join(root, String(environment?.SWITCHYARD_CONFIG)))).toBe(true);
    }
  });

  it('waits for services that can say that they are ready', () => {
    for (const { depends_on: needed = {} } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(needed)) {
        expect(services).toHaveProperty(name);
        if (condition === 'service_healthy') expect(services[name]?.healthcheck?.test).toBeDefined();
      }
    }
  });

  it('migrates before anything that uses the database starts', () => {
    expect(services.migrate?.command).toBe('node apps/cli/dist/main.js migrate');
    for (const name of apps.filter((app) => app !== 'simulator')) {
      expect(services[name]?.depends_on?.migrate?.condition).toBe('service_completed_successfully');
    }
  });

  it('keeps what Redis holds, and never evicts it', () => {
    expect(services.redis?.command).toContain('--appendonly yes');
    expect(services.redis?.command).toContain('--maxmemory-policy noeviction');
  });
});

describe('docker/switchyard.yaml', () => {
  it('is a configuration without a fault, with a provider for every worker that compose starts', async () => {
    const path = join(root, 'docker/switchyard.yaml');
    const { providers } = await loadConfiguration({ path, explicit: true, env: {} });
    expect([...providers.values()].map(({ kind }) => kind).sort()).toEqual(['openai', 'simulator']);
  });
});

describe('docker/Dockerfile', () => {
  const stages = parseDockerfile(read('docker/Dockerfile'));
  const steps = stages.flatMap((stage) => stage.steps);
  const last = stages.at(-1)?.steps ?? [];

  it('copies only what is there, from stages that are there', () => {
    const names = stages.map(({ name }) => name);
    for (const { flags, rest } of steps.filter(({ instruction }) => instruction === 'COPY')) {
      const sources = rest.split(/\s+/).slice(0, -1);
      if (flags.from) expect(names).toContain(flags.from);
      for (const source of sources) expect(existsSync(join(root, source.replace(/^\/app\//, '')))).toBe(true);
    }
  });

  it('runs only scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = steps.flatMap(({ rest }) => [...rest.matchAll(/npm run (?:-s )?(\S+)/g)].map(([, name]) => name));
    expect(named).not.toEqual([]);
    for (const name of named) expect(scripts).toHaveProperty([String(name)]);
  });

  it('ends as a user who is not root, with a health check and a process that hears its signals', () => {
    const final = Object.fromEntries(last.map(({ instruction, rest }) => [instruction, rest]));
    expect(final.USER).toBe('node');
    expect(final.HEALTHCHECK).toContain('/health/live');
    expect(final.CMD).toBe('exec node apps/${APP}/dist/main.js');
  });

  it('names images without a registry', () => {
    for (const { base } of stages) expect(base).toMatch(/^[a-z]+:[\w.-]+$/);
  });

  it('is refused where it says what nobody carries out', () => {
    expect(() => parseDockerfile('FROM node:24-slim\nONBUILD RUN true\n')).toThrow('ONBUILD RUN true');
  });
});

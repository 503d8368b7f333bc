import { describe, expect, it } from '@jest/globals';
import type { ProviderKind } from '@switchyard/contract';
import { planProcesses } from './plan-processes.js';
import { workerOf } from '@switchyard/contract';

const plan = (
  providers: Readonly<Record<string, ProviderKind>>,
  modules: Readonly<Record<string, boolean>> = { courier: true, simulator: true },
  missing: readonly string[] = [],
) =>
  planProcesses(
    { modules, providers: new Map(Object.entries(providers).map(([name, kind]) => [name, { kind }])) },
    { api: 3000, base: 3100 },
    (app) => !missing.includes(app),
  );

const ports = ({ processes }: ReturnType<typeof plan>) =>
  Object.fromEntries(processes.map(({ name, port }) => [name, port]));

describe('planProcesses', () => {
  it('gives each app its port in the order of the layout', () => {
    const kinds: ProviderKind[] = [
      'openai',
      'anthropic',
      'vertex',
      'anthropic_vertex',
      'azure_openai',
      'groq',
      'copilot',
    ];
    const more: ProviderKind[] = ['ollama', 'huggingface', 'stable_diffusion', 'custom'];
    expect(ports(plan(Object.fromEntries([...kinds, ...more].map((kind) => [kind, kind]))))).toEqual({
      api: 3000,
      courier: 3100,
      simulator: 3101,
      'worker-openai': 3110,
      'worker-anthropic': 3111,
      'worker-vertex': 3112,
      'worker-anthropic-vertex': 3113,
      'worker-azure-openai': 3114,
      'worker-groq': 3115,
      'worker-copilot': 3116,
      'worker-ollama': 3117,
      'worker-huggingface': 3118,
      'worker-stable-diffusion': 3119,
      'worker-custom': 3120,
    });
  });

  it('starts one worker for many providers of a kind, and worker-custom for the simulator too', () => {
    expect(workerOf('simulator')).toBe('worker-custom');
    expect(ports(plan({ simulator: 'simulator', local: 'custom', other: 'custom' }))).toEqual({
      api: 3000,
      courier: 3100,
      simulator: 3101,
      'worker-custom': 3120,
    });
  });

  it('leaves out what the file switches off', () => {
    const modules = { courier: false, simulator: false, openai: false, second: true };
    expect(ports(plan({ openai: 'openai', groq: 'groq', second: 'openai' }, modules))).toEqual({
      api: 3000,
      'worker-openai': 3110,
      'worker-groq': 3115,
    });
    expect(ports(plan({ openai: 'openai' }, modules))).toEqual({ api: 3000 });
  });

  it('says which providers have no worker in this build', () => {
    const { warnings, processes } = plan({ groq: 'groq', fast: 'groq' }, {}, ['worker-groq']);
    expect(warnings).toEqual(['This build has no worker-groq: jobs of groq, fast wait until one runs elsewhere.']);
    expect(processes.map(({ name }) => name)).toEqual(['api']);
  });
});

import { GatewayError, type LoadBalancerSettings, type RoutingRule } from '@switchyard/contract';
import { createRegistry } from '@switchyard/registry';
import { contextOf, sourceOf } from './__fixtures__/models.js';
import { Turns } from './balance/turns.js';
import { chooseModel } from './choose-model.js';
import { compileRouting } from './routing.js';
import type { ModelMeasurements } from './score/measurements.js';
import type { Choice, SelectionContext, SelectionRequest } from './selection.js';

const REGISTRY = createRegistry(
  sourceOf(
    {
      usual: {},
      large: { contextWindow: 1_000_000 },
      small: { contextWindow: 100 },
      premium: { permission: 'premium' },
      home: { provider: 'ollama' },
      other: { provider: 'anthropic' },
      off: { provider: 'groq' },
      vectors: { capabilities: ['embedding'] },
    },
    { aliases: new Map([['smart', 'large']]), modules: { groq: false } },
  ),
);

interface Asked extends Partial<SelectionRequest> {
  readonly rules?: readonly RoutingRule[];
  readonly balancers?: Readonly<Record<string, LoadBalancerSettings>>;
  readonly context?: Partial<SelectionContext>;
}

function choose({ rules = [], balancers = {}, context, ...request }: Asked): Choice {
  const routing = compileRouting(REGISTRY, { routingRules: rules, loadBalancers: balancers });
  const asked = { type: 'generation', request: { prompt: 'Hi' }, ...request } as const;
  return chooseModel(asked, routing, contextOf(context));
}

const idOf = (asked: Asked): string => choose(asked).targets[0].id;

function refusal(asked: Asked): GatewayError {
  try {
    choose(asked);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

const ALWAYS = { name: 'always', model: 'large' };
const OF_ACME = { name: 'acme', when: { tenant: 'acme' }, model: 'smart' };

describe('routing rules', () => {
  it('decide where nothing is named, the first that holds', () => {
    const rules = [{ name: 'globex', when: { tenant: 'globex' }, model: 'other' }, OF_ACME, ALWAYS];
    expect(choose({ rules })).toMatchObject({
      targets: [{ id: 'large' }],
      rule: 'acme',
      reason: 'the routing rule acme',
    });
    expect(idOf({ rules, context: { tenant: 'globex' } })).toBe('other');
    expect(choose({ rules: [], context: { tenant: 'globex' } }).rule).toBeUndefined();
  });

  it('decide nothing where a model or a provider is named', () => {
    expect(idOf({ rules: [ALWAYS], selection: { modelId: 'usual' } })).toBe('usual');
    expect(idOf({ rules: [ALWAYS], selection: { provider: 'anthropic' } })).toBe('other');
    expect(idOf({ rules: [ALWAYS], selection: { modelId: 'auto', provider: 'auto', prefer: 'cost' } })).toBe('large');
  });

  it('are not about jobs that their target can never do', () => {
    expect(idOf({ rules: [ALWAYS], type: 'embedding', request: { input: 'x' } })).toBe('vectors');
    expect(idOf({ rules: [ALWAYS], selection: { localOnly: true } })).toBe('home');
    expect(idOf({ rules: [{ name: 'off', model: 'off' }] })).toBe('usual');
  });

  it('refuse what their target may not take, and say which rule it was', () => {
    const premium = { name: 'hard', model: 'premium' };
    expect(refusal({ rules: [premium] })).toMatchObject({
      type: 'permission_error',
      param: 'selection',
      message: expect.stringMatching(/^The routing rule hard decides here\. The model premium needs .*"premium"/),
    });
    expect(idOf({ rules: [premium], context: { permissions: new Set(['premium']) } })).toBe('premium');
    const narrow = refusal({ rules: [{ name: 'n', model: 'small' }], request: { prompt: 'x'.repeat(1_000) } });
    expect(narrow).toMatchObject({ code: 'context_length_exceeded', param: 'request' });
  });

  it('go by the task, stated or read from the prompt, which the choice then tells', () => {
    const rules = [{ name: 'plans', when: { taskType: 'planning', complexity: { gte: 0.2 } }, model: 'other' }];
    const prompt = 'Draft a project plan with milestones for our data centre move.';
    const read = choose({ rules, request: { prompt } });
    expect(read).toMatchObject({ targets: [{ id: 'other' }], task: { type: 'planning' } });
    const stated = { type: 'planning', complexity: 0.9 };
    expect(choose({ rules, task: stated })).toMatchObject({ rule: 'plans', task: stated });
    expect(idOf({ rules, request: { prompt }, task: { type: 'general', complexity: 0.9 } })).toBe('usual');
    expect(choose({ rules: [OF_ACME], request: { prompt } }).task).toBeNull();
  });

  it('go by the newest turn of the user in a conversation', () => {
    const rules = [{ name: 'plans', when: { taskType: 'planning' }, model: 'other' }];
    const messages = [
      { role: 'user', content: 'Write a poem about the sea.' },
      { role: 'assistant', content: 'Waves.' },
      { role: 'user', content: [{ type: 'text', text: 'Now draft a project plan with milestones.' }] },
      { role: 'assistant', content: null },
    ] as const;
    expect(idOf({ rules, request: { messages } })).toBe('other');
    expect(idOf({ rules, request: { messages: messages.slice(0, 2) } })).toBe('usual');
  });

  it('take `code` for one of the tasks of code, the one that the prompt is read as', () => {
    const rules = [
      { name: 'reviews', when: { taskType: 'code_review' }, model: 'other' },
      { name: 'code', when: { taskType: 'code' }, model: 'large' },
    ];
    expect(idOf({ rules, task: { type: 'code' }, request: { prompt: 'Review this pull request for bugs.' } })).toBe(
      'other',
    );
    expect(idOf({ rules, task: { type: 'code' }, request: { prompt: 'Hi' } })).toBe('large');
    expect(idOf({ rules, type: 'code', request: { prompt: 'Hi' } })).toBe('large');
  });
});

describe('a load balancer', () => {
  const balancers = {
    fast: { models: ['usual', 'smart', 'premium'] },
    heavy: { strategy: 'weighted', models: [{ model: 'usual', weight: 2 }, 'other'] },
    idle: { strategy: 'least_busy', models: ['usual', 'other'] },
    quick: { strategy: 'fastest', models: ['usual', 'other', 'large'] },
  } as const satisfies Record<string, LoadBalancerSettings>;
  const measured = (rows: Readonly<Record<string, ModelMeasurements>>): Partial<SelectionContext> => ({
    measurements: new Map(Object.entries(rows)),
  });

  it('gives the next member that can take the job, and uses no turn before it is told to', () => {
    const context = { turns: new Turns() };
    const ask = (): Choice => choose({ balancers, selection: { modelId: 'fast' }, context });
    expect([ask(), ask()].map(({ targets }) => targets[0].id)).toEqual(['usual', 'usual']);
    const ids = Array.from({ length: 4 }, () => {
      const choice = ask();
      choice.take?.();
      return choice.targets[0].id;
    });
    expect(ids).toEqual(['usual', 'large', 'usual', 'large']);
    expect(ask()).toMatchObject({ balancer: 'fast', reason: 'of the load balancer fast: its turn' });
  });

  it('passes over members that take no calls now, unless none does', () => {
    const context = measured({ usual: { available: false } });
    expect(idOf({ balancers, selection: { modelId: 'heavy' }, context })).toBe('other');
    const none = measured({ usual: { available: false }, other: { available: false } });
    expect(idOf({ balancers, selection: { modelId: 'heavy' }, context: none })).toBe('usual');
  });

  it('goes by what is least busy, for its weight, or was fastest, those first that were not measured', () => {
    expect(idOf({ balancers, selection: { modelId: 'idle' }, context: measured({ usual: { busy: 2 } }) })).toBe(
      'other',
    );
    const times = { usual: { latencyMs: 300 }, other: { latencyMs: 200 }, large: { latencyMs: 250 } };
    expect(idOf({ balancers, selection: { modelId: 'quick' }, context: measured(times) })).toBe('other');
    const { large: _large, ...some } = times;
    expect(idOf({ balancers, selection: { modelId: 'quick' }, context: measured(some) })).toBe('large');
  });

  it('stands behind a rule', () => {
    const choice = choose({ balancers, rules: [{ name: 'r', model: 'heavy' }] });
    expect(choice).toMatchObject({ rule: 'r', balancer: 'heavy', targets: [{ id: 'usual' }] });
    expect(choice.reason).toBe('the routing rule r, of the load balancer heavy: its turn by weight');
  });

  it('is held to the provider that is named beside it', () => {
    expect(idOf({ balancers, selection: { modelId: 'heavy', provider: 'anthropic' } })).toBe('other');
    expect(refusal({ balancers, selection: { modelId: 'heavy', provider: 'ollama' } })).toMatchObject({ status: 422 });
  });

  it('refuses a version, and a job that none of its members can take', () => {
    expect(refusal({ balancers, selection: { modelId: 'fast', modelVersion: 'v1' } })).toMatchObject({
      param: 'selection.modelVersion',
      message: expect.stringMatching(/"fast" is a load balancer/),
    });
    const image = refusal({ balancers, type: 'image', selection: { modelId: 'fast' } });
    expect(image).toMatchObject({
      param: 'selection.modelId',
      message: expect.stringMatching(/load balancer fast can do/),
    });
  });
});

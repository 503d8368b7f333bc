import { nanoUsd, type ModelSettings, type RoutingRule } from '@switchyard/contract';
import { createRegistry } from '@switchyard/registry';
import { contextOf, FREE, sourceOf } from './__fixtures__/models.js';
import { chooseModel } from './choose-model.js';
import { explainChoice, type Explanation } from './explain-choice.js';
import { compileRouting, type Routing } from './routing.js';
import type { ModelMeasurements } from './score/measurements.js';
import { SCORE_PARTS } from './score/weights.js';
import type { SelectionContext, SelectionRequest } from './selection.js';

const costing = (dollarsPerMillion: bigint): Partial<ModelSettings> => {
  const rate = nanoUsd(dollarsPerMillion * 1_000_000_000n);
  return { price: { ...FREE, inputPerMillion: rate, outputPerMillion: rate } };
};

const MODELS = {
  usual: { ...costing(10n), quality: 0.7, speed: 0.5 },
  cheap: { ...costing(1n), quality: 0.3, speed: 0.6 },
  good: { ...costing(60n), quality: 0.95, speed: 0.3 },
  quick: { ...costing(12n), quality: 0.5, speed: 0.95 },
  guarded: { permission: 'premium' },
  narrow: { contextWindow: 10 },
  vectors: { capabilities: ['embedding'] },
} as const satisfies Record<string, Partial<ModelSettings>>;

const routingOf = (rules: readonly RoutingRule[] = [], hasDefault = true): Routing =>
  compileRouting(createRegistry(sourceOf(MODELS, hasDefault ? {} : { defaultProvider: undefined })), {
    routingRules: rules,
    loadBalancers: { fast: { models: ['usual', 'cheap'] } },
  });

interface Asked extends Partial<SelectionRequest> {
  readonly routing?: Routing;
  readonly measured?: Readonly<Record<string, ModelMeasurements>>;
}

function explain({ routing = routingOf(), measured = {}, ...request }: Asked): Explanation {
  const asked: SelectionRequest = { type: 'generation', request: { prompt: 'word '.repeat(40) }, ...request };
  const context: SelectionContext = contextOf({ measurements: new Map(Object.entries(measured)) });
  const explained = explainChoice(asked, routing, context);
  // What is explained is what happens.
  if (explained.choice) expect(chooseModel(asked, routing, context).targets).toEqual(explained.choice.targets);
  else expect(() => chooseModel(asked, routing, context)).toThrow(explained.refusal);
  return explained;
}

const idsOf = ({ candidates }: Explanation): string[] => candidates.map(({ model }) => model.id);

describe('the best by score', () => {
  it.each([
    ['cost', 'cheap'],
    ['speed', 'quick'],
    ['quality', 'good'],
  ] as const)('preferring %s is %s', (prefer, expected) => {
    const { choice, candidates } = explain({ selection: { prefer } });
    expect(choice?.targets[0].id).toBe(expected);
    expect(choice?.reason).toMatch(`by score (${candidates[0]?.score} of 4 that can, preferring ${prefer})`);
  });

  it('is taken where no provider is the default, and among one provider where that is named', () => {
    expect(explain({ routing: routingOf([], false) }).choice?.reason).toMatch(/^the best of all by score .*balanced/);
    expect(explain({ selection: { provider: 'openai', prefer: 'cost' } }).choice?.targets[0].id).toBe('cheap');
    expect(explain({ selection: { provider: 'openai' } }).choice?.targets[0].id).toBe('usual');
  });

  it('takes measured values over what the configuration says', () => {
    const measured = { usual: { latencyMs: 100 }, quick: { latencyMs: 9_000 } };
    expect(explain({ selection: { prefer: 'speed' }, measured }).choice?.targets[0].id).toBe('usual');
    const failing = { cheap: { errorRate: 1, available: false } };
    expect(explain({ selection: { prefer: 'cost' }, measured: failing }).choice?.targets[0].id).not.toBe('cheap');
  });

  it('takes one that is free for cheaper than any price', () => {
    const routing = compileRouting(createRegistry(sourceOf({ priced: costing(1n), free: {} })));
    expect(explain({ routing, selection: { prefer: 'cost' } }).choice?.targets[0].id).toBe('free');
  });

  it('wants a good model for a hard task, and one of code for code', () => {
    const partOf = (complexity: number, id: string): number | undefined =>
      explain({ task: { type: 'planning', complexity } }).candidates.find(({ model }) => model.id === id)?.parts.fit;
    expect(partOf(0.9, 'cheap')).toBeLessThan(partOf(0.9, 'good') ?? 0);
    expect(partOf(0.1, 'cheap')).toBe(partOf(0.1, 'good'));
  });
});

describe('value', () => {
  const of = (quality: number): ModelMeasurements => ({ quality: { code_review: quality } });
  const task = { type: 'code_review', complexity: 0.5 };

  it('takes the cheapest whose measured quality for the task is close to the best', () => {
    const asked = { selection: { prefer: 'value' }, task } as const;
    const near = explain({ ...asked, measured: { good: of(0.9), usual: of(0.86), cheap: of(0.6) } });
    expect(near.choice?.targets[0].id).toBe('usual');
    expect(near.choice?.reason).toBe('the cheapest whose measured quality for code_review is within 0.05 of the best');
    const far = explain({ ...asked, measured: { good: of(0.9), usual: of(0.84), cheap: of(0.6) } });
    expect(far.choice?.targets[0].id).toBe('good');
    const down = explain({ ...asked, measured: { good: of(0.9), usual: { ...of(0.88), available: false } } });
    expect(down.choice?.targets[0].id).toBe('good');
  });

  it('goes by score where nothing was measured for that task', () => {
    const measured = { good: { quality: { testing: 0.9 } } };
    const { choice } = explain({ selection: { prefer: 'value' }, task, measured });
    expect(choice?.reason).toMatch(/by score .*preferring value/);
  });
});

describe('an explanation', () => {
  it('lists every model that was open, the chosen one first, then by score, then those that cannot', () => {
    const explained = explain({});
    expect(idsOf(explained).slice(0, 1)).toEqual(['usual']);
    expect(idsOf(explained).toSorted()).toEqual(Object.keys(MODELS).toSorted());
    const kept = explained.candidates.filter(({ kept: each }) => each);
    expect(kept.map(({ model }) => model.id).toSorted()).toEqual(['cheap', 'good', 'quick', 'usual']);
    const scores = kept.slice(1).map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((one, other) => other - one));
    expect(explained.candidates.slice(0, kept.length)).toEqual(kept);
    for (const { score, parts } of explained.candidates) {
      for (const value of [score, ...SCORE_PARTS.map((part) => parts[part])]) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
    }
  });

  it('says of each why, or why not', () => {
    const { candidates } = explain({});
    const reasons = Object.fromEntries(candidates.map(({ model, reason }) => [model.id, reason]));
    expect(reasons).toMatchObject({
      usual: 'the first model that can do this of the default provider openai',
      guarded: 'needs the permission "premium", which the key does not have',
      narrow: 'its window of 10 tokens is too small for at least 33',
      vectors: 'cannot do generation',
    });
    expect(reasons['good']).toMatch(/^could take it too; behind in cost/);
  });

  it('names the rule, and leaves a turn of a load balancer unused', () => {
    const routing = routingOf([{ name: 'r', model: 'fast' }]);
    expect(explain({ routing }).choice).toMatchObject({ rule: 'r', balancer: 'fast' });
    expect(idsOf(explain({ routing, selection: { modelId: 'fast' } }))).toEqual(['usual', 'cheap']);
  });

  it('tells what the task is whether or not anything asks for it', () => {
    expect(explain({ request: { prompt: 'Refactor this class without changing what it does.' } }).task).toEqual({
      type: 'refactoring',
      complexity: expect.any(Number),
    });
    expect(explain({ type: 'embedding', request: { input: 'x' } }).task).toBeNull();
  });

  it('of what nothing can take has no choice, and the reasons', () => {
    const { choice, refusal, candidates } = explain({ selection: { modelId: 'guarded' } });
    expect(choice).toBeUndefined();
    expect(refusal).toMatchObject({ type: 'permission_error' });
    expect(candidates).toMatchObject([{ kept: false, reason: expect.stringContaining('"premium"') }]);
  });

  it.each<[SelectionRequest['selection'], string]>([
    [{ modelId: 'nothing' }, 'model_not_found'],
    [{ modelId: 'usual', modelVersion: 'v9' }, 'model_not_found'],
    [{ provider: 'nobody' }, 'invalid_request_error'],
    [{ modelVersion: 'v1' }, 'invalid_request_error'],
    [{ modelId: 'usual', provider: 'anthropic' }, 'invalid_request_error'],
  ])('of %j is a refusal: there is nothing to explain', (selection, code) => {
    expect(() => explain({ selection })).toThrow(expect.objectContaining({ code }));
  });
});

import { GatewayError, type ExperimentSettings } from '@switchyard/contract';
import { createRegistry } from '@switchyard/registry';
import { contextOf, sourceOf } from '../__fixtures__/models.js';
import { chooseModel } from '../choose-model.js';
import { explainChoice } from '../explain-choice.js';
import { compileRouting } from '../routing.js';
import type { Choice, ModelSelection, SelectionContext, SelectionRequest } from '../selection.js';

const REGISTRY = createRegistry(
  sourceOf({ one: { versions: { v1: {} } }, two: {}, vectors: { capabilities: ['embedding'] } }),
);
const TRIAL: ExperimentSettings = { arms: { a: { model: 'one', version: 'v1' }, b: { model: 'two' } } };

function routingOf(trial: ExperimentSettings) {
  return compileRouting(REGISTRY, {
    experiments: { trial },
    routingRules: [{ name: 'all', when: { tenant: 'globex' }, model: 'trial' }],
  });
}

function choose(
  userId: string | null,
  selection: ModelSelection = { modelId: 'trial' },
  { trial = TRIAL, ...context }: Partial<SelectionContext> & { readonly trial?: ExperimentSettings } = {},
): Choice {
  const request: SelectionRequest = { type: 'generation', request: { prompt: 'Hi' }, selection, userId };
  return chooseModel(request, routingOf(trial), contextOf(context));
}

const armOf = (choice: Choice): string | undefined => choice.experiment?.arm;

describe('an experiment', () => {
  const users = Array.from({ length: 200 }, (_, index) => `user-${index}`);

  it('gives a user the same arm each time, and each arm its part of the users', () => {
    const arms = users.map((user) => armOf(choose(user)));
    expect(users.map((user) => armOf(choose(user)))).toEqual(arms);
    const share = arms.filter((arm) => arm === 'a').length / users.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });

  it('has the model and the version of the arm, and says so', () => {
    const user = users.find((each) => armOf(choose(each)) === 'a') ?? '';
    expect(choose(user)).toMatchObject({
      targets: [{ id: 'one', version: 'v1' }],
      experiment: { name: 'trial', arm: 'a', unit: user },
      reason: 'the arm a of the experiment trial',
    });
  });

  it('draws for each request by itself where it names no user', () => {
    const arms = users.map((unit) => armOf(choose(null, { modelId: 'trial' }, { unit })));
    expect(new Set(arms)).toEqual(new Set(['a', 'b']));
  });

  it('stands behind a rule', () => {
    const choice = choose('user-1', {}, { tenant: 'globex' });
    expect(choice).toMatchObject({ rule: 'all', experiment: { name: 'trial' } });
    expect(choice.reason).toMatch(/^the routing rule all, the arm [ab] of the experiment trial$/);
  });

  it('gives everybody the first arm once it has stopped, and assigns nothing', () => {
    for (const user of users) {
      const choice = choose(user, { modelId: 'trial' }, { trial: { ...TRIAL, running: false } });
      expect([choice.targets[0].id, choice.experiment]).toEqual(['one', undefined]);
    }
  });

  it.each([
    [{ modelId: 'trial', modelVersion: 'v1' }, 'selection.modelVersion'],
    [{ modelId: 'trial', provider: 'openai' }, 'selection.provider'],
  ])('refuses %p, which would decide between its arms', (selection, param) => {
    expect(() => choose('user-1', selection)).toThrow(expect.objectContaining({ param }));
  });

  it('refuses a job that the arm cannot take, rather than give another', () => {
    const trial: ExperimentSettings = { arms: { a: { model: 'vectors' } } };
    expect(() => choose('user-1', { modelId: 'trial' }, { trial })).toThrow(GatewayError);
  });

  it('shows all arms as candidates', () => {
    const request: SelectionRequest = { type: 'generation', request: { prompt: 'Hi' }, userId: 'user-1' };
    const asked = { ...request, selection: { modelId: 'trial' } };
    const { candidates, choice } = explainChoice(asked, routingOf(TRIAL), contextOf());
    expect(candidates.map(({ model }) => model.id).toSorted()).toEqual(['one', 'two']);
    expect(candidates[0]?.model.id).toBe(choice?.targets[0].id);
  });
});

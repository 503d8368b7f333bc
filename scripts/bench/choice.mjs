import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nanoUsd } from '@switchyard/contract';
import { createRegistry } from '@switchyard/registry';
import { chooseModel, classifyTask, compileRouting, Turns } from '@switchyard/selector';
import { median } from './measure.mjs';

/**
 * What the choice of a model costs of the processor, with 200 models and 100 rules.
 *
 *     npm run build:fast && node scripts/bench/choice.mjs --rounds 2000
 *
 * Prints one JSON document, in milliseconds: p50 and p99 of each kind of choice, of the classifier alone over the labelled
 * prompts, and what compiling a snapshot takes. The figures to hold are a p50 of 0.06 and the classifier's p99 of 0.2.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '2000' } } });
const ROUNDS = Number(values.rounds);
const MODELS = 200;
const RULES = 100;
const PROVIDERS = 10;

const registry = createRegistry(sourceOf());
const rules = Array.from({ length: RULES }, (_, index) => ({
  name: `rule-${index}`,
  model: `model-${index}`,
  when: whenOf(index),
}));
const balancers = {
  wide: { models: Array.from({ length: 20 }, (_, index) => ({ model: `model-${index}`, weight: index + 1 })) },
};
const compileMs = sample(50, () => compileRouting(registry, { routingRules: rules, loadBalancers: balancers })).map(
  Number,
);
const routing = compileRouting(registry, { routingRules: rules, loadBalancers: balancers });

const context = {
  permissions: new Set(),
  tenant: 'acme',
  now: new Date(),
  turns: new Turns(),
  measurements: measurements(),
};
const prompt = 'Please explain what this function does and why it is slow. '.repeat(8);
const asked = { type: 'generation', request: { prompt } };
const KINDS = {
  // None of the rules holds, so all are tried; then all models are scored.
  byScoreAfterAllRules: { ...asked, selection: { prefer: 'balanced' } },
  byTheLastRule: { ...asked, metadata: { team: `team-${RULES - 2}` } },
  byDefaultAfterAllRules: { ...asked, task: { type: 'general', complexity: 0.1 } },
  byName: { ...asked, selection: { modelId: 'model-150' } },
  byLoadBalancer: { ...asked, selection: { modelId: 'wide' } },
};

const prompts = readFileSync(new URL('../../libs/selector/src/classify/labelled/seen.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line).prompt);

const report = {
  models: MODELS,
  rules: RULES,
  rounds: ROUNDS,
  choice: Object.fromEntries(
    Object.entries(KINDS).map(([kind, request]) => [
      kind,
      spread(sample(ROUNDS, () => chooseModel(request, routing, context).take?.())),
    ]),
  ),
  classifier: spread(sample(ROUNDS * 5, (index) => classifyTask(prompts[index % prompts.length]))),
  compile: spread(compileMs),
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);

/** A rule that holds for nobody but its own team; every tenth asks for the task too, once all else holds. */
function whenOf(index) {
  const own = { 'metadata.team': `team-${index}` };
  if (index % 10 === 0) return { complexity: { gt: 0.99 }, taskType: 'planning' };
  if (index % 3 === 0) return { ...own, tokens: { gt: 100 }, time: { from: '00:00', to: '23:59' } };
  return { ...own, any: [{ tenant: { in: ['acme', 'globex'] } }, { userId: 'nobody' }] };
}

function sourceOf() {
  const timeouts = { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 };
  const names = Array.from({ length: PROVIDERS }, (_, index) => `provider-${index}`);
  const provider = (name) => ({ name, kind: 'custom', concurrency: 1, local: false, timeouts, options: {} });
  return {
    providers: new Map(names.map((name) => [name, provider(name)])),
    models: new Map(Array.from({ length: MODELS }, (_, index) => [`model-${index}`, modelOf(index)])),
    aliases: new Map(),
    defaultProvider: 'provider-0',
    fallbackChain: [],
  };
}

function modelOf(index) {
  const rate = nanoUsd(BigInt(index + 1) * 100_000_000n);
  const price = {
    inputPerMillion: rate,
    outputPerMillion: rate,
    perRequest: nanoUsd(0n),
    perImage: {},
    batchFactorPpm: 1e6,
    above: [],
  };
  const id = `model-${index}`;
  return {
    ...{
      id,
      provider: `provider-${index % PROVIDERS}`,
      providerModel: id,
      price,
      params: {},
      versions: {},
      fallbackModels: [],
    },
    capabilities: index % 4 === 0 ? ['embedding'] : ['generation', 'code', 'tools', 'json'],
    contextWindow: 8_000 * (1 + (index % 16)),
    quality: (index % 10) / 10,
    speed: ((index * 7) % 10) / 10,
  };
}

function measurements() {
  return new Map(
    Array.from({ length: MODELS }, (_, index) => [
      `model-${index}`,
      {
        available: index % 17 !== 0,
        latencyMs: 200 + index * 13,
        errorRate: (index % 5) / 100,
        quality: { planning: 0.5 },
      },
    ]),
  );
}

/** How long each of some calls took, in milliseconds, once it has been called as often to warm up. */
function sample(times, work) {
  for (let index = 0; index < times; index += 1) work(index);
  return Array.from({ length: times }, (_, index) => {
    const start = process.hrtime.bigint();
    work(index);
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
}

function spread(figures) {
  const sorted = figures.toSorted((one, other) => one - other);
  const round = (figure) => Math.round(figure * 10_000) / 10_000;
  return { p50: round(median(figures)), p99: round(sorted[Math.floor(sorted.length * 0.99)]) };
}

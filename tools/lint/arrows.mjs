/**
 * Who may import whom: the picture of the layout in the README, held by lint.
 * A project that has no row may import nothing of ours, so a new one starts by adding its row here and there.
 * Every lib and app may use telemetry, save those that the vocabulary of the product is built from.
 */
const LIBS = {
  contract: [],
  telemetry: [],
  net: ['contract', 'telemetry'],
  config: ['contract', 'database', 'queue', 'registry', 'telemetry'],
  database: ['telemetry'],
  queue: ['contract', 'telemetry'],
  registry: ['contract', 'telemetry'],
  experiments: ['contract', 'telemetry'],
  selector: ['contract', 'registry', 'experiments', 'telemetry'],
  budget: ['contract', 'database', 'telemetry'],
  prompts: ['contract', 'registry', 'telemetry'],
  answers: ['contract', 'telemetry'],
  jobs: ['contract', 'database', 'queue', 'budget', 'telemetry'],
  gate: [
    'contract',
    'config',
    'net',
    'registry',
    'selector',
    'experiments',
    'prompts',
    'answers',
    'budget',
    'jobs',
    'telemetry',
  ],
  'provider-kit': ['contract', 'net', 'telemetry'],
  worker: ['contract', 'jobs', 'registry', 'prompts', 'answers', 'config', 'budget', 'telemetry'],
  client: ['contract'],
  stage: [],
};

const APPS = {
  api: ['contract', 'gate', 'jobs', 'budget', 'registry', 'selector', 'experiments', 'answers', 'config', 'telemetry'],
  courier: ['contract', 'gate', 'jobs', 'budget', 'net', 'config', 'database', 'registry', 'telemetry'],
  simulator: ['contract', 'telemetry'],
  cli: ['contract', 'config', 'database', 'budget', 'jobs', 'telemetry'],
};

/** A worker app is its adapter and eight lines of start: whatever else it would import belongs into the worker lib. */
const WORKER_APP = ['contract', 'config', 'provider-kit', 'worker'];

const scope = (name) => `scope:${name}`;

const row = ([name, targets]) => ({ sourceTag: scope(name), onlyDependOnLibsWithTags: targets.map(scope) });

/** @type {{ sourceTag: string, onlyDependOnLibsWithTags: string[] }[]} */
export const ARROWS = [
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
  ...Object.entries(LIBS).map(row),
  ...Object.entries(APPS).map(row),
  { sourceTag: 'scope:worker-*', onlyDependOnLibsWithTags: WORKER_APP.map(scope) },
  { sourceTag: 'scope:e2e', onlyDependOnLibsWithTags: ['type:lib'] },
  {
    sourceTag: 'scope:chaos',
    onlyDependOnLibsWithTags: ['contract', 'database', 'config', 'stage', 'telemetry'].map(scope),
  },
];

/** What a spec of any project may import besides: it makes itself a database, a queue, a faulty vendor or processes. */
export const TEST_ENTRY_POINTS = [
  '@switchyard/database/testing',
  '@switchyard/queue/testing',
  '@switchyard/provider-kit/testing',
  '@switchyard/stage',
];

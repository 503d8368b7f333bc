import { PROVIDER_KINDS } from '@switchyard/contract';
import { findModel } from '@switchyard/registry/catalogue';
import type { FaultList } from '../faults/fault-list.js';
import type { Path } from '../faults/path.js';
import { suggestion } from '../faults/suggest.js';
import { isTreeList, isTreeMap, mergeTrees, SubstitutedText, type Tree, type TreeMap } from '../yaml/tree.js';

/** Where each field of `generation.config` belongs. */
const PROVIDER_FIELDS: Readonly<Record<string, Path>> = {
  region: ['region'],
  api_base: ['baseURL'],
  api_version: ['apiVersion'],
  azure_endpoint: ['endpoint'],
  api_key: ['apiKey'],
  enable_caching: ['cache', 'enabled'],
  cache_ttl: ['cache', 'ttlSeconds'],
  cache_max_size: ['cache', 'maxEntries'],
};
const MODEL_FIELDS: Readonly<Record<string, Path>> = {
  model_name: ['id'],
  max_tokens: ['defaultMaxTokens'],
  temperature: ['params', 'temperature'],
  top_p: ['params', 'topP'],
};
const CONFIG_FIELDS = { ...PROVIDER_FIELDS, ...MODEL_FIELDS };

/** Other names under which such files know our kinds of provider. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['azure', 'azure_openai'],
  ['google', 'vertex'],
  ['gemini', 'vertex'],
  ['vertex_ai', 'vertex'],
  ['vertexai', 'vertex'],
  ['hugging_face', 'huggingface'],
  ['github', 'copilot'],
  ['github_copilot', 'copilot'],
]);

const BLOCK: Path = ['generation'];
const CONFIG: Path = ['generation', 'config'];

/** Reads a `generation: { provider, config }` block as one provider and its default model; what the file says wins. */
export function readGenerationBlock(root: TreeMap, faults: FaultList): TreeMap {
  const block = root.get('generation') ?? null;
  const rest = new Map([...root].filter(([key]) => key !== 'generation'));
  if (block === null) return rest;
  if (!isTreeMap(block)) {
    faults.add(BLOCK, 'must be a map of provider and config');
    return rest;
  }
  for (const key of block.keys()) {
    const message = `unknown field${suggestion(key, ['provider', 'config'])}`;
    if (key !== 'provider' && key !== 'config') faults.add([...BLOCK, key], message);
  }
  const config = block.get('config') ?? new Map<string, Tree>();
  const named = textOf(block.get('provider'));
  if (named === undefined) faults.add([...BLOCK, 'provider'], 'is missing; name the kind of provider');
  if (!isTreeMap(config)) faults.add(CONFIG, 'must be a map');
  return named === undefined || !isTreeMap(config) ? rest : layBeneath(rest, named, config, faults);
}

function layBeneath(root: TreeMap, named: string, config: TreeMap, faults: FaultList): TreeMap {
  const spelled = named.toLowerCase().replaceAll('-', '_');
  const kind = KINDS.get(spelled) ?? spelled;
  const providers = root.get('providers') ?? new Map<string, Tree>();
  const models = root.get('models') ?? [];
  if (!isTreeMap(providers) || !isTreeList(models)) return root;
  const name = providers.has(named) ? named : kind;

  for (const key of config.keys()) {
    const known = Object.keys(CONFIG_FIELDS);
    if (!known.includes(key)) faults.add([...CONFIG, key], `unknown field${suggestion(key, known)}`);
  }
  const model = config.get('model_name') ?? null;
  if (model === null) faults.add([...CONFIG, 'model_name'], 'is missing; name the model');
  const id = textOf(model);
  const listed = models.findIndex((entry) => isTreeMap(entry) && id !== undefined && textOf(entry.get('id')) === id);
  const position = listed < 0 ? models.length : listed;

  const isNew = { provider: !providers.has(name), model: listed < 0 };
  if (isNew.provider) faults.writtenAs(['providers', name], BLOCK);
  if (isNew.provider) faults.writtenAs(['providers', name, 'kind'], [...BLOCK, 'provider']);
  if (isNew.model) faults.writtenAs(['models', position], CONFIG);
  const provider = collect(config, PROVIDER_FIELDS, { base: ['providers', name], isNew: isNew.provider }, faults);
  const own = new Map<string, Tree>([...(isNew.provider ? [['kind', kind] as const] : []), ...provider]);
  if (model !== null) own.set('defaultModel', model);
  const said = collect(config, MODEL_FIELDS, { base: ['models', position], isNew: isNew.model }, faults);
  const entry = new Map<string, Tree>([['provider', name], ...said]);
  if (isNew.model && id !== undefined) expectKnown(kind, id, faults);

  const allModels = [...models];
  if (model !== null) allModels[position] = mergeTrees(entry, models[listed] ?? null);
  return new Map<string, Tree>([
    ['defaultProvider', name],
    ...[...root].filter(([key, value]) => key !== 'defaultProvider' || value !== null),
    ['providers', new Map<string, Tree>([...providers, [name, mergeTrees(own, providers.get(name) ?? null)]])],
    ['models', allModels],
  ]);
}

/** A block only names its model: what else is needed of a new one, the catalogue must know. */
function expectKnown(kind: string, id: string, faults: FaultList): void {
  const named = PROVIDER_KINDS.find((each) => each === kind);
  const isKnown = (named ? [named] : PROVIDER_KINDS).some((each) => findModel(each, id) !== undefined);
  if (named && isKnown) return;
  const mend = 'list it under models, with its capabilities, contextWindow and price';
  if (!isKnown) faults.add([...CONFIG, 'model_name'], `nothing is known of this model's window and price; ${mend}`);
  for (const key of ['capabilities', 'contextWindow', 'price']) faults.silence([...CONFIG, key]);
}

/** Gathers what the block says of an entry that stands at `base`. */
function collect(
  config: TreeMap,
  fields: Readonly<Record<string, Path>>,
  { base, isNew }: { readonly base: Path; readonly isNew: boolean },
  faults: FaultList,
): TreeMap {
  let collected: Tree = new Map();
  for (const [key, place] of Object.entries(fields)) {
    const value = config.get(key) ?? null;
    // What a new entry lacks is missing here; what an older entry lacks is missing there.
    if (value !== null || isNew) faults.writtenAs([...base, ...place], [...CONFIG, key]);
    if (value === null) continue;
    const nested = place.toReversed().reduce<Tree>((inner, step) => new Map([[String(step), inner]]), value);
    collected = mergeTrees(collected, nested);
  }
  return isTreeMap(collected) ? collected : new Map();
}

function textOf(tree: Tree | undefined): string | undefined {
  if (tree instanceof SubstitutedText) return tree.text;
  return typeof tree === 'string' ? tree : undefined;
}

/** What the README says of a kind of provider beside its name in the configuration. */
const NAMES = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  vertex: 'Vertex AI (Gemini)',
  anthropic_vertex: 'Claude on Vertex AI',
  azure_openai: 'Azure OpenAI',
  groq: 'Groq',
  copilot: 'GitHub Models, Copilot',
  ollama: 'Ollama',
  huggingface: 'Hugging Face, local or hosted',
  stable_diffusion: 'Stable Diffusion, `txt2img`',
  custom: 'any server, by dialect or by mapping',
  simulator: 'the vendor that needs nothing',
};

/** Kinds that another kind's worker serves. */
const SERVED_BY = { simulator: 'custom' };

/** Columns of what a kind can do, each with the capabilities that it stands for. */
const COLUMNS = {
  text: ['generation'],
  code: ['code'],
  tools: ['tools'],
  JSON: ['json'],
  'reads images': ['image_input'],
  'hears audio': ['audio_input'],
  'reads files': ['file_input'],
  embeddings: ['embedding'],
  'makes images': ['image'],
};

const BEGIN = '<!-- providers: written by `npm run readme` -->';
const END = '<!-- end of providers -->';

/**
 * The table of providers as the README has it.
 * @param {readonly { kind: string, supported: boolean, streaming: boolean, capabilities: readonly string[] }[]} descriptions
 */
export function providerTable(descriptions) {
  const known = new Set(Object.values(COLUMNS).flat());
  const lost = descriptions.flatMap(({ capabilities }) => capabilities).find((capability) => !known.has(capability));
  if (lost !== undefined) throw new Error(`The table has no column for ${lost}; add it to scripts/readme.`);
  const nameless = descriptions.find(({ kind }) => !Object.hasOwn(NAMES, kind));
  if (nameless) throw new Error(`The kind ${nameless.kind} has no name for people; add it to scripts/readme.`);
  const head = ['`kind`', '', 'worker', ...Object.keys(COLUMNS), 'streams'];
  const rows = descriptions.filter(({ supported }) => supported).map(rowOf);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function rowOf({ kind, capabilities, streaming }) {
  const can = Object.values(COLUMNS).map((wanted) => mark(wanted.every((each) => capabilities.includes(each))));
  return [
    `\`${kind}\``,
    NAMES[kind],
    `\`worker-${(SERVED_BY[kind] ?? kind).replaceAll('_', '-')}\``,
    ...can,
    mark(streaming),
  ];
}

function mark(yes) {
  return yes ? '✓' : '';
}

/** The README with the table in its place. @param {string} readme @param {string} table */
export function withProviderTable(readme, table) {
  const [before, rest] = readme.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error(`The README must hold "${BEGIN}" and "${END}", once each.`);
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}

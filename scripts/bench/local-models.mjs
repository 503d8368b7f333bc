import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { createProvider } from '../../apps/worker-huggingface/dist/adapter.js';
import { median } from './measure.mjs';

/**
 * How many texts a second a local model embeds, by the number of texts in a request:
 *
 *     npm run build:fast && node scripts/bench/local-models.mjs --model models/all-MiniLM-L6-v2 --dtype q8
 *
 * Without a model it is the tiny one of the specs. Requests come one after the other; a text has `--words` words, each
 * request its own. The table tells medians over the rounds, and the longest that this process's timers were late in all
 * of it: the model computes in a thread of its own.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'apps/worker-huggingface/src/__fixtures__/tiny-encoder' },
    dtype: { type: 'string', default: 'fp32' },
    words: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
  },
});
const SIZES = [1, 8, 64];
const WORDS = 'a queue keeps every job until some worker takes it and no train waits twice in the yard at night'.split(
  ' ',
);

const options = { modelPath: resolve(values.model), dtype: values.dtype };
const model = { id: 'model', providerModel: 'model', capabilities: ['embedding'], options };
const provider = await createProvider(
  { name: 'bench', kind: 'huggingface', options: {}, models: [model] },
  {
    places: { modelsDirectory: resolve('models'), folders: [] },
    threadFile: new URL('../../apps/worker-huggingface/dist/engine/thread.js', import.meta.url),
  },
);

let made = 0;
function text() {
  made += 1;
  const words = Array.from(
    { length: Number(values.words) },
    (_, index) => WORDS[(made * 7 + index * 3) % WORDS.length],
  );
  return `${made} ${words.join(' ')}`;
}

async function embed(size) {
  const input = Array.from({ length: size }, text);
  await provider.embed(
    { providerModel: 'model', request: { input }, options },
    { signal: new AbortController().signal },
  );
}

async function perSecond(size) {
  const began = performance.now();
  let done = 0;
  while (performance.now() - began < Number(values.seconds) * 1_000) {
    await embed(size);
    done += size;
  }
  return done / ((performance.now() - began) / 1_000);
}

const loading = performance.now();
await embed(1);
console.log(`loaded and first vector: ${Math.round(performance.now() - loading)} ms`);

let late = 0;
let due = performance.now() + 10;
const timer = setInterval(() => {
  late = Math.max(late, performance.now() - due);
  due = performance.now() + 10;
}, 10);
const rates = Object.fromEntries(SIZES.map((size) => [size, []]));
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const size of SIZES) rates[size].push(await perSecond(size));
}
clearInterval(timer);
console.table(SIZES.map((size) => ({ 'texts in a request': size, 'texts/s': Number(median(rates[size]).toFixed(1)) })));
console.log(`timers were late by ${Math.round(late)} ms at most`);
await provider.close();

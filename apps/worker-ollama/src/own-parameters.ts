import { type ModelRequest } from '@switchyard/contract';
import { isObject, ownOptions } from '@switchyard/provider-kit';

/** A request's `providerOptions.ollama`, sorted by where they go. */
interface OwnParameters {
  /** Beside `model` in the body. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** In the body's `options`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

/** What the gateway answers for: model, content, cap, window and the shape of the answer. */
const GUARDED = ['model', 'messages', 'input', 'stream', 'tools', 'format', 'num_predict', 'num_ctx'];

/**
 * Options of the model (`top_k`, `min_p`, `num_gpu`, …) may stand as they are or under `options`, where Ollama has them.
 * @param fields the names that belong into the body itself.
 */
export function ownParameters(request: ModelRequest, fields: readonly string[]): OwnParameters {
  const { options: nested, ...flat } = request.providerOptions?.['ollama'] ?? {};
  const given = { ...flat, ...(isObject(nested) && nested) };
  const { options, warnings } = ownOptions({ providerOptions: { ollama: given } }, 'ollama', GUARDED);
  const entries = Object.entries(options);
  return {
    fields: Object.fromEntries(entries.filter(([name]) => fields.includes(name))),
    options: Object.fromEntries(entries.filter(([name]) => !fields.includes(name))),
    warnings,
  };
}

/** How long a model stays loaded once it is idle, as its entry says it (`keepLoadedMs`). */
export function keepAlive(options: Readonly<Record<string, unknown>> | undefined): { readonly keep_alive?: string } {
  const milliseconds = options?.['keepLoadedMs'];
  return typeof milliseconds === 'number' ? { keep_alive: `${milliseconds}ms` } : {};
}

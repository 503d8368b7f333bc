import { type CallContext, type ListedModel, ProviderError } from '@switchyard/contract';
import { badReply, interrupted, isObject, type JsonObject } from '@switchyard/provider-kit';
import { type OllamaConnection } from './connection.js';
import { openLines } from './line-stream.js';

/** A model that a server has. */
interface ServedModel {
  /** The server's word for its precision, in upper case: `F16`, `Q4_K_M`. Empty where it does not say. */
  readonly precision: string;
}

/** The server's own words say why it could not. */
const PROGRESS = { isLast: isSuccess, error: 'invalid_request' } as const;

/** Told of the share that is done, 0 to 1; undefined where it is not known. */
type OnProgress = (fraction: number | undefined) => void;

/** Reads `GET /api/tags`. @throws ProviderError `bad_response` for what is no list of models. */
export async function listModels(connection: OllamaConnection, context: CallContext): Promise<readonly ListedModel[]> {
  const raw = await connection.sendForJson(context, (client) => client.list());
  const models: unknown = isObject(raw) ? raw.models : undefined;
  if (!Array.isArray(models)) throw badReply('no list of models');
  return models.flatMap((model: unknown) =>
    isObject(model) && typeof model.name === 'string' ? [{ id: model.name }] : [],
  );
}

/** Reads `POST /api/show`. @returns undefined for a model that the server does not have. */
export async function showModel(
  connection: OllamaConnection,
  model: string,
  context: CallContext,
): Promise<ServedModel | undefined> {
  try {
    const raw = await connection.sendForJson(context, (client) => client.show({ model }));
    if (!isObject(raw) || !isObject(raw.details)) throw badReply('no details of the model');
    const { quantization_level: precision } = raw.details;
    return { precision: typeof precision === 'string' ? precision.toUpperCase() : '' };
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'model_unavailable') return undefined;
    throw error;
  }
}

/** Has the server fetch a model from its library. One that was cut off goes on where it was. */
export async function pullModel(
  connection: OllamaConnection,
  model: string,
  context: CallContext,
  onProgress: OnProgress,
): Promise<void> {
  const layers = new Layers();
  const lines = await openLines(connection, context, (client) => client.pull({ model, stream: true }), PROGRESS);
  await follow(lines, (line) => onProgress(layers.add(line)));
}

/** Has the server make a model from another. @param quantize Its precision; absent: as it is. */
export async function createModel(
  connection: OllamaConnection,
  request: { readonly model: string; readonly from: string; readonly quantize?: string },
  context: CallContext,
  onProgress: OnProgress,
): Promise<void> {
  const call = { ...request, stream: true } as const;
  const lines = await openLines(connection, context, (client) => client.create(call), PROGRESS);
  await follow(lines, () => onProgress(undefined));
}

async function follow(lines: AsyncIterable<JsonObject>, onLine: (line: JsonObject) => void): Promise<void> {
  for await (const line of lines) {
    if (isSuccess(line)) return;
    onLine(line);
  }
  throw interrupted();
}

function isSuccess(line: unknown): boolean {
  return isObject(line) && line.status === 'success';
}

/** Adds the parts of a model up, which are told of one by one as they come; so it never tells of less than before. */
class Layers {
  private readonly layers = new Map<unknown, { readonly total: number; readonly completed: number }>();
  private most = 0;

  add({ digest, total, completed = 0 }: JsonObject): number | undefined {
    if (typeof total === 'number' && typeof completed === 'number' && total > 0) {
      this.layers.set(digest, { total, completed: Math.min(completed, total) });
    }
    const layers = [...this.layers.values()];
    const whole = layers.reduce((sum, layer) => sum + layer.total, 0);
    if (whole === 0) return undefined;
    this.most = Math.max(this.most, layers.reduce((sum, layer) => sum + layer.completed, 0) / whole);
    return this.most;
  }
}

import { GatewayError, type JobType, type Message, type ModelRequest, type TaskView } from '@switchyard/contract';
import { compileSchema } from '../compile-schema.js';
import { JOB_SCHEMA, LATER_FIELDS } from './job-schema.js';

/** A native job body that holds what its type needs. */
export interface JobBody {
  readonly type: JobType;
  readonly request: ModelRequest;
  readonly selection: SelectionBody;
  readonly priority: number;
  readonly delaySeconds: number;
  readonly timeoutSeconds: number;
  readonly expiresInSeconds: number;
  readonly userId: string | null;
  readonly task: TaskView | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What the client said of the model it wants. */
export interface SelectionBody {
  readonly provider?: string;
  readonly modelId?: string;
  readonly modelVersion?: string;
  readonly localOnly?: boolean;
}

type ValidBody = Partial<Omit<JobBody, 'type' | 'request'>> &
  Pick<JobBody, 'type'> & { readonly request: ModelRequest & { readonly modelId?: string } };

const validate = compileSchema(JOB_SCHEMA);

/** Reads a native job body. @throws GatewayError (422) that names the field at fault. */
export function parseJob(body: unknown): JobBody {
  refuseLaterFields(body);
  validate(body);
  const valid = body as unknown as ValidBody; // by the schema, which JobBody and ModelRequest mirror
  const { modelId, ...request } = valid.request;
  checkRequest(valid.type, request);
  return {
    type: valid.type,
    request,
    selection: mergeModelId(valid.selection ?? {}, modelId),
    priority: valid.priority ?? 5,
    delaySeconds: valid.delaySeconds ?? 0,
    timeoutSeconds: valid.timeoutSeconds ?? 600,
    expiresInSeconds: valid.expiresInSeconds ?? 86_400,
    userId: valid.userId ?? null,
    task: valid.task ?? null,
    metadata: valid.metadata ?? {},
  };
}

function refuseLaterFields(body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  for (const [field, asksNothing] of Object.entries(LATER_FIELDS)) {
    if (Object.hasOwn(body, field) && !asksNothing(Reflect.get(body, field))) {
      throw invalid(field, `\`${field}\` is not available in this version; leave it out.`);
    }
  }
}

function mergeModelId(selection: SelectionBody, modelId: string | undefined): SelectionBody {
  if (modelId === undefined) return selection;
  if (selection.modelId !== undefined && selection.modelId !== modelId) {
    throw invalid('request.modelId', '`request.modelId` and `selection.modelId` name different models; keep one.');
  }
  return { ...selection, modelId };
}

function checkRequest(type: JobType, request: ModelRequest): void {
  if (type === 'embedding') {
    if (request.input === undefined) throw missing('request.input', 'an embedding job needs the text to embed');
    return;
  }
  if (type === 'image') {
    if (request.prompt === undefined) throw missing('request.prompt', 'an image job needs a description');
    return;
  }
  if (request.prompt !== undefined && request.messages !== undefined) {
    throw invalid('request.messages', '`request.prompt` and `request.messages` exclude each other; keep one.');
  }
  if (request.prompt === undefined && request.messages === undefined) {
    throw missing('request.prompt', `a ${type} job needs \`prompt\` or \`messages\``);
  }
  request.messages?.forEach(checkMessage);
  checkTools(request);
}

function checkMessage(message: Message, index: number): void {
  const path = `request.messages[${index}]`;
  if (message.role === 'tool' && message.toolCallId === undefined) {
    throw missing(`${path}.toolCallId`, 'a tool message says which call it answers');
  }
  if (message.content === null && !(message.role === 'assistant' && message.toolCalls !== undefined)) {
    throw invalid(`${path}.content`, `\`${path}.content\` may only be null beside \`toolCalls\` of an assistant.`);
  }
}

function checkTools({ tools, toolChoice }: ModelRequest): void {
  if (toolChoice === undefined) return;
  if (tools === undefined) throw invalid('request.toolChoice', '`request.toolChoice` needs `request.tools`.');
  if (typeof toolChoice === 'object' && !tools.some((tool) => tool.name === toolChoice.name)) {
    throw invalid('request.toolChoice', `\`request.tools\` has no tool named "${toolChoice.name}".`);
  }
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError('invalid_request_error', message, { param });
}

function missing(param: string, why: string): GatewayError {
  return invalid(param, `\`${param}\` is missing: ${why}.`);
}

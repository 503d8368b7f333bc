import {
  GatewayError,
  type JobType,
  type ModelRequest,
  type Preference,
  type TaskView,
  type ToolChoice,
} from '@switchyard/contract';
import { compileSchema } from '../compile-schema.js';
import { refuseUnsafeContent } from '../unsafe-content.js';
import { checkRequest, invalid, refuseFieldsOfOtherTypes } from './check-request.js';
import { JOB_SCHEMA, LATER_FIELDS } from './job-schema.js';

/** A native job body that holds what its type needs. */
export interface JobBody {
  readonly type: JobType;
  readonly request: ModelRequest;
  readonly selection: SelectionBody;
  /** The field that the client named the model by. Default: `selection.modelId`. */
  readonly namedBy?: 'request.modelId';
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
  readonly prefer?: Preference;
  readonly fallback?: boolean | readonly string[];
}

/** Fields of a request that stand for others, as they are accepted beside them. */
interface OtherNames {
  readonly modelId?: string;
  readonly functions?: ModelRequest['tools'];
  readonly function_call?: ToolChoice;
}

type ValidBody = Partial<Omit<JobBody, 'type' | 'request'>> &
  Pick<JobBody, 'type'> & { readonly request: ModelRequest & OtherNames; readonly onTimeout?: object };

const validate = compileSchema(JOB_SCHEMA);

/** Reads a native job body. @throws GatewayError (400 where there is none, 422) that names the field at fault. */
export function parseJob(body: unknown): JobBody {
  if (body === undefined) {
    throw new GatewayError('invalid_request_error', 'The body is missing; send a job as JSON.', { status: 400 });
  }
  refuseUnsafeContent(body);
  refuseLaterFields(body);
  validate(body);
  const valid = body as unknown as ValidBody; // by the schema, which JobBody and ModelRequest mirror
  const request = mergeOlderNames(valid.request);
  checkRequest(valid.type, request);
  refuseFieldsOfOtherTypes(valid.type, valid.request);
  refuseSubstitute(valid);
  return {
    type: valid.type,
    request,
    selection: mergeModelId(valid.selection ?? {}, valid.request.modelId),
    ...(valid.request.modelId !== undefined && valid.selection?.modelId === undefined
      ? { namedBy: 'request.modelId' }
      : {}),
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
  for (const [path, asksNothing] of Object.entries(LATER_FIELDS)) {
    const value = valueAt(body, path);
    if (value !== undefined && !asksNothing(value)) {
      const subject = value === 'summarize' ? `\`${path}: summarize\`` : `\`${path}\``;
      throw invalid(path, `${subject} is not available in this version; leave it out.`);
    }
  }
}

function valueAt(body: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, field) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, field)
          ? Reflect.get(value, field)
          : undefined,
      body,
    );
}

/** Only a text can stand in for an answer that is late. */
function refuseSubstitute({ type, onTimeout }: ValidBody): void {
  if (onTimeout === undefined || type === 'generation' || type === 'code') return;
  const message = '`onTimeout` belongs to a job of the type generation or code; leave it out.';
  throw invalid('onTimeout', message);
}

function mergeModelId(selection: SelectionBody, modelId: string | undefined): SelectionBody {
  if (modelId === undefined) return selection;
  if (selection.modelId !== undefined && selection.modelId !== modelId) {
    throw invalid('request.modelId', '`request.modelId` and `selection.modelId` name different models; keep one.');
  }
  return { ...selection, modelId };
}

/** `functions` and `function_call` are what tools were called before they could be of several kinds. */
function mergeOlderNames({
  modelId: _modelId,
  functions,
  function_call: functionCall,
  ...request
}: ValidBody['request']): ModelRequest {
  if (functions && request.tools)
    throw invalid('request.functions', '`request.functions` is the older name of `request.tools`; keep one.');
  if (functionCall && request.toolChoice) {
    throw invalid(
      'request.function_call',
      '`request.function_call` is the older name of `request.toolChoice`; keep one.',
    );
  }
  return {
    ...request,
    ...(functions ? { tools: functions } : {}),
    ...(functionCall ? { toolChoice: functionCall } : {}),
  };
}

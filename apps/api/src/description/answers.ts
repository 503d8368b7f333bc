import { applyDecorators } from '@nestjs/common';
import { ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';

/** What each status of an error means on every route, in words for the description. */
const ERROR_DESCRIPTIONS = {
  400: 'The body is no JSON, or there is none.',
  401: 'There is no key, or not a valid one.',
  402: 'A budget has no room for it; the error names the budget and when its next window begins.',
  403: 'The key may not do this.',
  404: 'There is no such thing, or it is another tenant’s; also an unknown model.',
  409: 'It is in a state that does not allow this.',
  412: 'It is not as `If-Match` or `If-None-Match` says any more.',
  413: 'The body is larger than the gateway takes.',
  422: 'A field is not as it must be; `param` names it.',
  429: 'Too much waits already; `Retry-After` says when to send it again.',
  500: 'The gateway failed.',
  502: 'The provider, or its token service, did not do what it was asked.',
  503: 'The gateway cannot take requests at the moment; `Retry-After` says when to send it again.',
  504: 'The provider did not answer in time.',
} as const;

type ErrorStatus = keyof typeof ERROR_DESCRIPTIONS;

/** Which schemas the description names. */
export type SchemaName =
  | 'Job'
  | 'JobList'
  | 'File'
  | 'Model'
  | 'ModelList'
  | 'ProviderList'
  | 'ProviderHealth'
  | 'ProviderProbeList'
  | 'TokenReport'
  | 'ModelCheckList'
  | 'Inference'
  | 'Route'
  | 'Feedback'
  | 'Budget'
  | 'BudgetList'
  | 'BudgetCheck'
  | 'UsageReport'
  | 'Booking'
  | 'Assignment'
  | 'ExperimentReport'
  | 'Entry'
  | 'EntryList'
  | 'DeletedEntry'
  | 'ModelVersion'
  | 'ModelVersionList'
  | 'LaneList'
  | 'LaneChange';

/** Describes what a route answers: an answer with its schema, or the errors that it has beyond those of every route. */
export function Answers(status: number, description: string, schema?: SchemaName): MethodDecorator;
export function Answers(errors: readonly ErrorStatus[]): MethodDecorator;
export function Answers(
  status: number | readonly ErrorStatus[],
  description = '',
  schema?: SchemaName,
): MethodDecorator {
  if (typeof status === 'number') {
    const body = schema === undefined ? { type: 'object' } : { $ref: `#/components/schemas/${schema}` };
    return ApiResponse({ status, description, schema: body });
  }
  return applyDecorators(
    ...status.map((each) => ApiResponse({ status: each, ...errorAnswer(each) } as ApiResponseOptions)),
  );
}

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer', minimum: 1 } } };

/** The description of an error's answer. */
export function errorAnswer(status: ErrorStatus): { description: string; headers: object; schema: { $ref: string } } {
  const headers = status === 429 || status === 503 ? RETRY_AFTER : {};
  return { description: ERROR_DESCRIPTIONS[status], headers, schema: { $ref: '#/components/schemas/Error' } };
}

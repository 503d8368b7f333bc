import type { Dialect } from '../exchange/dialect.js';
import { OPENAI } from '../openai/openai-dialect.js';
import { Refusal } from '../refusal.js';

const FAULTS: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: ['401', 'Access denied due to invalid subscription key or wrong API endpoint.'],
  404: ['DeploymentNotFound', 'The API deployment for this resource does not exist.'],
  429: ['429', 'Requests have exceeded the rate limit of your current pricing tier. Please retry after 1 second.'],
};

/** Azure's own errors have a code and a message; those of the models behind it are OpenAI's. */
export const AZURE: Dialect = {
  errorBody(refusal) {
    const { message, code, param } = refusal;
    return code === undefined || param !== undefined ? OPENAI.errorBody(refusal) : { error: { code, message } };
  },
  headers(id) {
    return { 'apim-request-id': id, 'x-ms-region': 'Loopback' };
  },
  refusalOf(status, model) {
    const fault = FAULTS[status];
    return fault ? new Refusal(status, fault[1], { code: fault[0] }) : OPENAI.refusalOf(status, model);
  },
};

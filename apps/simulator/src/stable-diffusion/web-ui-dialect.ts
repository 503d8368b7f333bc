import type { Dialect } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';

const DETAILS: Readonly<Record<number, string>> = {
  401: 'Incorrect username or password',
  404: 'Not Found',
  500: 'CUDA out of memory.',
};

/** The wire format of the Stable Diffusion web UI of AUTOMATIC1111. */
export const WEB_UI: Dialect = {
  errorBody({ status, message }) {
    const known = status < 500;
    return {
      error: known ? 'HTTPException' : 'RuntimeError',
      detail: known ? message : '',
      body: '',
      errors: known ? '' : message,
    };
  },
  headers() {
    return {};
  },
  refusalOf(status) {
    return new Refusal(status, DETAILS[status] ?? `The simulator was asked for ${status}.`);
  },
};

import type { Dialect } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';

const MESSAGES: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  429: 'too many requests',
  500: 'an error was encountered while running the model',
  503: 'server busy, please try again.  maximum pending requests exceeded',
};

/** Ollama's wire format (https://docs.ollama.com/api). */
export const OLLAMA: Dialect = {
  errorBody({ message }) {
    return { error: message };
  },
  headers() {
    return {};
  },
  refusalOf(status, model) {
    if (status === 404) return absent(model ?? '');
    return new Refusal(status, MESSAGES[status] ?? `The simulator was asked for ${status}.`);
  },
};

/** Of the lines of a stream. */
export const JSON_LINES = 'application/x-ndjson';

export function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

export function absent(model: string): Refusal {
  return new Refusal(404, `model '${model}' not found`);
}

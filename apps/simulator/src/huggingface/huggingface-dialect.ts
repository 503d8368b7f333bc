import type { Dialect } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';

const FAULTS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  401: ['authentication', 'Authorization header is correct, but the token seems invalid'],
  413: ['Validation', 'Input validation error: `inputs` must have less than 512 tokens. Given: 700'],
  422: ['Tokenizer', 'Tokenization error'],
  424: ['Backend', 'Inference failed'],
  429: ['Overloaded', 'Model is overloaded'],
};

/** The errors of Text Embeddings Inference (https://huggingface.github.io/text-embeddings-inference). */
export const HUGGINGFACE: Dialect = {
  errorBody({ message, code }) {
    return { error: message, error_type: code ?? 'Validation' };
  },
  headers(id) {
    return { 'x-request-id': id };
  },
  refusalOf(status, model) {
    if (status === 503) return new Refusal(503, `Model ${model ?? ''} is currently loading`, { code: 'Unhealthy' });
    const [code, message] = FAULTS[status] ?? ['Backend', `The simulator was asked for ${status}.`];
    return new Refusal(status, message, { code });
  },
};

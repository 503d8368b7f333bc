import type { JsonRecord } from '../content/record.js';
import type { Refusal } from '../refusal.js';
import type { Steering } from '../steering/steering.js';

/** What a dialect has to say about a request, ready to be sent. */
export type Answer =
  | { readonly kind: 'json'; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly kind: 'events';
      /** Default `text/event-stream`. */
      readonly contentType?: string;
      /** Each as it goes over the wire, made only when the one before was taken. */
      readonly frames: Iterable<string>;
      /** Ends a stream that is to fail. */
      readonly failure: string;
    };

/** What an answer may depend on besides the request's body. */
export interface AnswerContext {
  readonly steering: Steering;
  /** Unlike that of any other answer. */
  readonly id: string;
  /** The address under which the client reached us: `http://127.0.0.1:3101`. */
  readonly origin: string;
}

/** Turns a body into an answer. @throws Refusal */
export type Answerer = (body: JsonRecord, context: AnswerContext) => Answer;

/** One vendor's wire format. */
export interface Dialect {
  /** A refusal as the body of an answer. */
  errorBody(refusal: Refusal): unknown;
  /** Headers that each answer carries. */
  headers(id: string): Readonly<Record<string, string>>;
  /** What the vendor answers by itself with this status. */
  refusalOf(status: number, model: string | null): Refusal;
}

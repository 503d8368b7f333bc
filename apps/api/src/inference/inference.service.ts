import { Inject, Injectable } from '@nestjs/common';
import { GatewayError, isTerminal, type ErrorBody, type JobResult } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { JobsService, type ShownJob } from '../jobs/jobs.service.js';
import type { InferenceBody } from './inference.body.js';

/** What `POST /api/v1/model/inference` answers. */
export interface Inference {
  /** As it was sent: a text, or a list of them. */
  readonly input_text: string | readonly string[];
  /** One vector for each text. */
  readonly embeddings: readonly (readonly number[])[];
  /** The model's `modelType`, or `unknown`. */
  readonly model_type: string;
}

interface InferenceRequest {
  readonly body: InferenceBody;
  readonly submitter: Submitter;
  readonly idempotencyKey?: string;
  /** Aborted when the client has its answer or is gone. */
  readonly done: AbortSignal;
}

const ROUTE = 'POST /api/v1/model/inference';
/** Whether a model that nobody has taken the job for is there at all is known after so many seconds. */
const CLAIM_SECONDS = 10;
/** Then the model is loading, or at work. */
const RUN_SECONDS = 50;
const RETRY_AFTER_SECONDS = 5;

/** Embeds texts through the same gate as every job, and waits for them. */
@Injectable()
export class InferenceService {
  constructor(
    @Inject(API_CONTEXT) private readonly context: ApiContext,
    private readonly jobs: JobsService,
  ) {}

  async infer({ body, submitter, idempotencyKey, done }: InferenceRequest): Promise<{
    readonly answer: Inference;
    readonly headers: Readonly<Record<string, string>>;
  }> {
    const { customModel } = this.context.app.configuration.current;
    const input = readInput(body);
    const submitted = this.jobs.submit({
      body: {
        type: 'embedding',
        request: { input },
        ...(customModel !== undefined && { selection: { modelId: customModel } }),
        expiresInSeconds: CLAIM_SECONDS + RUN_SECONDS,
      },
      submitter,
      ...(idempotencyKey !== undefined && { idempotency: { key: idempotencyKey, route: ROUTE, body } }),
    });
    const { job, replayed } = await submitted.catch((error: unknown) => {
      throw inWordsOf(body, error);
    });
    const ended = await this.#wait(job, submitter, done);
    if (!isTerminal(ended.status)) {
      // Under a key the request may come again for its answer; without one, nobody will.
      if (idempotencyKey === undefined) await this.jobs.cancel(job.id, submitter).catch(() => undefined);
      throw notInitialized();
    }
    return {
      answer: { input_text: input, embeddings: embeddingsOf(ended), model_type: this.#typeOf(ended.model) },
      headers: { ...headersOf(ended), ...(replayed && { 'idempotent-replayed': 'true' }) },
    };
  }

  async #wait({ id }: ShownJob, submitter: Submitter, done: AbortSignal): Promise<ShownJob> {
    const claimed = await this.jobs.read(id, submitter, { seconds: CLAIM_SECONDS, done });
    if (claimed.status !== 'running') return claimed;
    return await this.jobs.read(id, submitter, { seconds: RUN_SECONDS, done });
  }

  #typeOf(model: string | null): string {
    const options = model === null ? undefined : this.context.app.configuration.current.models.get(model)?.options;
    const modelType = options?.['modelType'];
    return typeof modelType === 'string' ? modelType : 'unknown';
  }
}

/** @throws GatewayError (422), worded as the page of the interface says. */
function readInput({ text, texts }: InferenceBody): string | readonly string[] {
  if (text !== undefined && texts !== undefined) {
    throw new GatewayError('invalid_request_error', '`text` and `texts` exclude each other; keep one.', {
      param: 'texts',
    });
  }
  const param = texts === undefined ? 'text' : 'texts';
  const given = texts ?? [text ?? ''];
  if (given.length === 0 || given.some((each) => each === '')) {
    throw new GatewayError('invalid_request_error', 'No input text provided', { param });
  }
  return texts ?? given[0] ?? '';
}

/** A refusal of the job that was made of a body, about the field that the client sent. */
function inWordsOf({ texts }: InferenceBody, error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.param?.startsWith('request.input') !== true) return error;
  const inWords = (text: string): string => text.replaceAll('request.input', texts === undefined ? 'text' : 'texts');
  const { type, code, status } = error;
  return new GatewayError(type, inWords(error.message), { code, status, param: inWords(error.param), cause: error });
}

function embeddingsOf({ status, result, error }: ShownJob): Inference['embeddings'] {
  if (status === 'succeeded') return vectorsOf(result);
  if (status === 'expired' || error?.code === 'overloaded') throw notInitialized(error?.retryAfterSeconds);
  throw error ? toGatewayError(error) : new GatewayError('conflict_error', `The job of this request is ${status}.`);
}

function vectorsOf(result: JobResult | null): Inference['embeddings'] {
  if (result && 'embeddings' in result) return result.embeddings;
  throw new GatewayError('not_found_error', 'The answer is no longer kept; send the request anew, under another key.');
}

function toGatewayError({ type, code, message, retryAfterSeconds }: ErrorBody): GatewayError {
  return new GatewayError(type, message, { code, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
}

/** Worded as the page of the interface says. */
function notInitialized(retryAfterSeconds = RETRY_AFTER_SECONDS): GatewayError {
  return new GatewayError('overloaded_error', 'Model not initialized', { code: 'model_loading', retryAfterSeconds });
}

/** Where the answer came from, and what of the request was not taken as it was. */
function headersOf({ id, provider, model, cost, cached, result }: ShownJob): Readonly<Record<string, string>> {
  const warnings = result?.metadata?.['warnings'];
  return {
    'x-job-id': id,
    'x-cache': cached ? 'hit' : 'miss',
    ...(provider !== null && { 'x-provider': provider }),
    ...(model !== null && { 'x-model': model }),
    ...(cost.actual !== null && { 'x-cost-usd': cost.actual }),
    ...(Array.isArray(warnings) && { 'x-warnings': warnings.join(' ').replace(/[^\x20-\x7e]/g, '?') }),
  };
}

import { costOf, costOfUsage, imagePriceNames } from '@switchyard/budget';
import {
  ProviderError,
  type CallContext,
  type JobResult,
  type ModelCall,
  type ModelRequest,
  type ModelSettings,
  type NanoUsd,
  type Price,
  type Provider,
  type Usage,
} from '@switchyard/contract';
import {
  sizeOfResult,
  UnreadablePayloadError,
  writeResult,
  type ClaimedJob,
  type LeaveInTime,
  type Settlement,
  type StoredResult,
} from '@switchyard/jobs';
import { estimatePromptTokens, tokensOfPictures } from '@switchyard/registry';
import { DeadlinePassed } from './abort-reasons.js';
import { callProvider, type CallOutcome } from './call-provider.js';
import { judgeFailure, type JudgedAttempt, type Judgement } from './judge-failure.js';
import { mendFor } from './mend-request.js';
import { placeOf, readWork, type Work } from './read-work.js';

/** What an attempt runs with. */
export interface AttemptTools {
  readonly provider: Provider;
  /** Larger results fail the job, in bytes. */
  readonly maxResultBytes: number;
  /** How often a job may wait for this target's rate limit. */
  readonly maxWaits: number;
  /** How these waits grow where the vendor says nothing. Default exponential. */
  readonly waitsGrow?: 'linear' | 'exponential';
  /** Waited for before the call is sent; absent: it may leave whenever it does. @throws LeftTooLate */
  readonly leaveInTime?: LeaveInTime;
  /** A model's entry in the configuration, by our id of it; undefined once it is gone. */
  readonly modelSettings: (model: string) => ModelSettings | undefined;
}

/**
 * Runs one claimed attempt to its end and says how to settle it. Never throws: every failure is a settlement.
 * @param abort Its reason decides what an abort means (see abort-reasons).
 */
export async function runAttempt(job: ClaimedJob, tools: AttemptTools, abort: AbortController): Promise<Settlement> {
  const startedAt = performance.now();
  let work: Work;
  try {
    work = readWork(job);
  } catch (error) {
    return refuseUnreadable(job, error);
  }
  const deadline = setTimeout(() => abort.abort(new DeadlinePassed()), Math.max(job.remainingMs, 0));
  let sent = false;
  const onSent = (): void => {
    sent = true;
  };
  try {
    abort.signal.throwIfAborted();
    if (job.counted && tools.leaveInTime) {
      await tools.leaveInTime(job);
      abort.signal.throwIfAborted();
    }
    return succeed(work, tools, await call(work, tools, { signal: abort.signal, onSent }));
  } catch (error) {
    const failure: unknown = abort.signal.aborted ? abort.signal.reason : error;
    const remainingMs = job.remainingMs - (performance.now() - startedAt);
    return fail(work, failure, { ...tools, remainingMs, sent });
  } finally {
    clearTimeout(deadline);
  }
}

async function call(
  { job, payload, target, request, price }: Work,
  { provider, modelSettings }: AttemptTools,
  wire: CallContext,
): Promise<CallOutcome> {
  const steering = target.simulates && payload.simulate !== undefined ? { 'x-simulate': payload.simulate } : {};
  // Under this name the vendor's log and ours can be held against each other.
  const context = { ...wire, headers: { ...steering, 'x-switchyard-attempt': `${job.id}/${job.attempt}` } };
  const counted = {
    prompt: estimatePromptTokens(request),
    pictures: paysPicturesByTokens(price) ? (count: number) => tokensOfPictures(count, request) : undefined,
  };
  return await callProvider(
    provider,
    payload.type,
    { providerModel: target.providerModel, request, ...aboutModel(job, modelSettings(job.model)) },
    context,
    job.model,
    counted,
  );
}

function paysPicturesByTokens({ perImage, outputPerMillion }: Price): boolean {
  return Object.keys(perImage).length === 0 && outputPerMillion > 0n;
}

/** What the adapter may need of the model's entry beside the vendor's name of it. */
function aboutModel(
  { modelVersion }: ClaimedJob,
  settings: ModelSettings | undefined,
): Pick<ModelCall, 'options' | 'contextWindow'> {
  const version = modelVersion === null ? undefined : settings?.versions[modelVersion];
  const contextWindow = version?.contextWindow ?? settings?.contextWindow;
  return {
    ...(settings?.options && { options: settings.options }),
    ...(contextWindow !== undefined && { contextWindow }),
  };
}

function succeed(work: Work, tools: AttemptTools, outcome: CallOutcome): Settlement {
  const { job, price, request } = work;
  const result = writeResult(withNotes(outcome.result, work), outcome.raw, request.responseFormat);
  const cost = costOfUsage(outcome.usage, price, imagePriceNames(request));
  if (sizeOfResult(result) > tools.maxResultBytes) {
    const failure = new ProviderError('response_too_large', `The answer is larger than ${tools.maxResultBytes} bytes.`);
    const {
      state,
      call: callState,
      charge: _,
      ...judged
    } = judgeFailure(failure, {
      ...placeOf(work),
      sent: true,
      remainingMs: 0,
      maxWaits: 0,
      jitter: 0,
    });
    return { ...settled(job, state, callState, cost, outcome.usage), ...judged };
  }
  return { ...settled(job, 'succeeded', 'answered', cost, outcome.usage), then: { outcome: 'succeeded', result } };
}

/** What was done to the request stands beside the answer, such warnings before the adapter's. */
function withNotes(result: JobResult, { payload: { metadata }, target, warnings: ofMend }: Work): JobResult {
  const warnings = [...(target.warnings ?? []), ...ofMend];
  if (warnings.length === 0 && !metadata) return result;
  const own: unknown = result.metadata?.['warnings'];
  const all = [...warnings, ...(Array.isArray(own) ? (own as readonly string[]) : [])];
  return {
    ...result,
    metadata: { ...result.metadata, ...metadata, ...(all.length > 0 ? { warnings: all } : {}) },
  };
}

function settled(
  job: ClaimedJob,
  state: Settlement['state'],
  callState: Settlement['call'],
  cost: NanoUsd,
  usage: Usage | undefined,
): Omit<Settlement, 'then'> {
  return { job, state, call: callState, cost, estimated: usage?.estimated === true, ...(usage ? { usage } : {}) };
}

function fail(
  work: Work,
  failure: unknown,
  context: Pick<JudgedAttempt, 'remainingMs' | 'maxWaits' | 'waitsGrow' | 'sent'>,
): Settlement {
  const { job } = work;
  const mend = failure instanceof ProviderError && job.mend === null ? mendFor(failure, work.request) : undefined;
  const { charge, then, ...judged } = judgeFailure(failure, {
    ...placeOf(work),
    ...context,
    mend,
    jitter: Math.random(),
  });
  const substitute = failure instanceof DeadlinePassed ? onTimeout(work, context.sent) : undefined;
  return {
    job,
    ...judged,
    ...chargeFor(charge, work),
    then: substitute ? { outcome: 'succeeded', result: substitute } : then,
  };
}

type Charged = Pick<Settlement, 'cost' | 'estimated' | 'usage'>;

function chargeFor(charge: Judgement['charge'], { request, price }: Work): Charged {
  switch (charge) {
    case 'nothing':
      return { cost: NOTHING, estimated: false };
    case 'prompt': {
      const usage = sentUsage(request);
      return { cost: costOf({ inputTokens: usage.promptTokens, outputTokens: 0 }, price), estimated: true, usage };
    }
    case 'reserved':
      return { cost: null, estimated: true };
  }
}

const NOTHING = 0n as NanoUsd;

/** The vendor read what it was sent, whatever became of its answer. */
function sentUsage(request: ModelRequest): Usage {
  const promptTokens = estimatePromptTokens(request);
  return { promptTokens, completionTokens: 0, totalTokens: promptTokens, estimated: true };
}

/** A job may name a text that stands in when its time is up. */
function onTimeout({ job, payload, request }: Work, sent: boolean): StoredResult | undefined {
  const substitute: unknown = payload.submission['onTimeout'];
  const content: unknown =
    typeof substitute === 'object' && substitute !== null && 'content' in substitute ? substitute.content : undefined;
  if (typeof content !== 'string' || (payload.type !== 'generation' && payload.type !== 'code')) return undefined;
  const result: JobResult = {
    content,
    model: job.model,
    usage: sent ? sentUsage(request) : { promptTokens: 0, completionTokens: 0, totalTokens: 0 },
    finishReason: 'stop',
    metadata: { timedOut: true },
  };
  return writeResult(result, undefined);
}

function refuseUnreadable(job: ClaimedJob, failure: unknown): Settlement {
  const reason = failure instanceof UnreadablePayloadError ? failure.message : 'The stored request is damaged.';
  return {
    ...settled(job, 'failed', 'unsent', NOTHING, undefined),
    error: {
      type: 'internal_error',
      code: 'unreadable_payload',
      message: `${reason} Submit it again.`,
      retryable: false,
    },
    then: { outcome: 'failed' },
  };
}

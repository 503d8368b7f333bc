import { type IncomingHttpHeaders } from 'node:http';
import { type CallTimeoutError, type CallTimeouts, ProviderError } from '@switchyard/contract';
import { type Dispatcher } from 'undici';
import { CallClock } from './call-clock.js';
import { toCallError } from './call-error.js';
import { decoderFor } from './decode-content.js';
import { type ByteSource, ResponseBody, tooLarge } from './response-body.js';
import { VendorResponse } from './vendor-response.js';

export interface ExchangeOptions {
  readonly url: string;
  readonly method: string;
  readonly signal: AbortSignal | undefined;
  readonly timeouts: CallTimeouts;
  readonly maxResponseBytes: number;
  readonly onSent: (() => void) | undefined;
}

const STATUSES_WITHOUT_BODY = [204, 205, 304];

/** undici wants an Error to abort with; it comes back to `onResponseError`, which knows the true cause by then. */
const ABORTED = new Error('aborted');

/** One request and its answer, from the dispatch to the last byte: the single place where a call can fail. */
export class Exchange implements Dispatcher.DispatchHandler, ByteSource {
  readonly response: Promise<VendorResponse>;
  private resolve: (response: VendorResponse) => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;
  private readonly clock: CallClock;
  private controller: Dispatcher.DispatchController | undefined;
  private body: ResponseBody | undefined;
  private isOver = false;

  constructor(private readonly options: ExchangeOptions) {
    this.response = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.clock = new CallClock(options.timeouts, (error) => this.abandon(error));
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Called by undici when the socket is connected and nothing has been written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The call ended while its socket was connecting: undici has no way to take a request back before this point.
    if (this.isOver) {
      controller.abort(ABORTED);
      return;
    }
    this.controller = controller;
    this.options.onSent?.();
    this.clock.enter('firstByte');
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    fields: IncomingHttpHeaders,
    statusText = '',
  ): void {
    if (status < 200 || this.isOver) return;
    const headers = toHeaders(fields);
    const decoder = decoderFor(headers.get('content-encoding'));
    if (decoder === 'unknown') {
      return this.abandon(new ProviderError('bad_response', 'The answer of the provider has an unknown encoding.'));
    }
    const { url, method, maxResponseBytes } = this.options;
    if (Number(headers.get('content-length')) > maxResponseBytes) return this.abandon(tooLarge(maxResponseBytes));
    this.clock.enter('idle');
    const isEmpty = method === 'HEAD' || STATUSES_WITHOUT_BODY.includes(status);
    if (!isEmpty) this.body = new ResponseBody(this, maxResponseBytes, decoder);
    this.resolve(new VendorResponse({ url, status, statusText, headers }, this.body ?? null));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return;
    this.clock.enter('idle');
    this.body?.push(chunk);
  }

  onResponseEnd(): void {
    if (this.isOver) return;
    this.finish();
    this.body?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.abandon(toCallError(error, this.controller !== undefined, this.options.timeouts));
  }

  pause(): void {
    if (this.isOver || this.controller?.paused) return;
    this.controller?.pause();
    this.clock.hold();
  }

  resume(): void {
    if (this.isOver || !this.controller?.paused) return;
    this.clock.enter('idle');
    this.controller.resume();
  }

  cancel(): void {
    if (this.isOver) return;
    this.finish();
    this.controller?.abort(ABORTED);
  }

  fail(error: ProviderError | CallTimeoutError): void {
    this.abandon(error);
    // The decoder may stumble after the last byte has come, when the call itself is over.
    this.body?.fail(error);
  }

  private readonly onAbort = (): void => this.abandon(this.options.signal?.reason);

  /** Ends the call as a failure: whoever waits for it or reads from it gets the error, and the socket closes. */
  private abandon(error: unknown): void {
    if (this.isOver) return;
    this.finish();
    this.reject(error);
    this.body?.fail(error);
    this.controller?.abort(ABORTED);
  }

  private finish(): void {
    this.isOver = true;
    this.clock.stop();
    this.options.signal?.removeEventListener('abort', this.onAbort);
  }
}

function toHeaders(fields: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value ?? '']) headers.append(name, item);
  }
  return headers;
}

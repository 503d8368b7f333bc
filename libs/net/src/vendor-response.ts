import { type ReadableStream } from 'node:stream/web';
import { type ResponseBody } from './response-body.js';

interface VendorResponseHead {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
}

/**
 * The part of a `Response` that vendors' clients use, without the cost of one: its text comes straight from the socket's
 * bytes, and a web stream is only made for who asks for `body`. It cannot be cloned.
 */
export class VendorResponse implements Response {
  readonly redirected = false;
  readonly type = 'basic';
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  private readonly content: ResponseBody | null;
  private stream: ReadableStream<Uint8Array> | undefined;
  private consumed = false;

  constructor(head: VendorResponseHead, content: ResponseBody | null) {
    this.url = head.url;
    this.status = head.status;
    this.statusText = head.statusText;
    this.headers = head.headers;
    this.content = content;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (this.content) this.stream ??= this.content.stream();
    return this.stream ?? null;
  }

  get bodyUsed(): boolean {
    return this.consumed || (this.stream?.locked ?? false);
  }

  readonly text = async (): Promise<string> => new TextDecoder().decode(await this.read());

  readonly json = async (): Promise<unknown> => JSON.parse(await this.text()) as unknown;

  readonly bytes = async (): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await this.read());

  readonly arrayBuffer = async (): Promise<ArrayBuffer> => (await this.bytes()).buffer;

  readonly blob = async (): Promise<Blob> =>
    new Blob([await this.bytes()], { type: this.headers.get('content-type') ?? '' });

  readonly formData = async (): ReturnType<Response['formData']> =>
    new Response(await this.bytes(), { headers: this.headers }).formData();

  readonly clone = (): Response => {
    throw new TypeError('The answer of a vendor can be read once.');
  };

  private async read(): Promise<Uint8Array> {
    if (this.bodyUsed) throw new TypeError('The body has been read already.');
    this.consumed = true;
    return this.content ? this.content.read() : new Uint8Array();
  }
}

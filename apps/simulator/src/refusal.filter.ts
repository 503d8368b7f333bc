import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ANTHROPIC } from './anthropic/anthropic-dialect.js';
import type { Dialect } from './exchange/dialect.js';
import { OPENAI } from './openai/openai-dialect.js';
import { Refusal } from './refusal.js';

interface Reply {
  status(code: number): Reply;
  send(body: unknown): unknown;
}

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'We could not parse the JSON body of your request.',
  413: 'The body of your request is over 32 MiB.',
  415: 'Send the body as application/json.',
};

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

interface Incoming {
  readonly method: string;
  readonly url: string;
}

/** The paths of each vendor, and OpenAI's shape for all others. */
function dialectOf({ url }: Incoming): Dialect {
  return url.startsWith('/v1/messages') || url.includes('/publishers/anthropic/') ? ANTHROPIC : OPENAI;
}

/** Words what fails before a dialect gets to see it: bodies that cannot be read, unknown routes. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const refusal = error instanceof Refusal ? error : this.describe(statusOf(error), host);
    const http = host.switchToHttp();
    const dialect = dialectOf(http.getRequest<Incoming>());
    http.getResponse<Reply>().status(refusal.status).send(dialect.errorBody(refusal));
  }

  private describe(status: number, host: ArgumentsHost): Refusal {
    if (status !== 404) return new Refusal(status, MESSAGES[status] ?? 'The simulator cannot answer this request.');
    const { method, url } = host.switchToHttp().getRequest<Incoming>();
    const message = `Unknown request URL: ${method} ${url.slice(0, 200)}. The simulator has no such route.`;
    return new Refusal(404, message, { code: 'unknown_url' });
  }
}

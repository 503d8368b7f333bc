import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import type { JobList, ShownJob } from '../jobs/jobs.service.js';

type Shown = ShownJob | JobList;

/**
 * Makes the paths of files in jobs addresses. A job is stored without them: where the API is reached is said by
 * `PUBLIC_URL`, else each client knows best, and only for itself.
 */
@Injectable()
export class AbsoluteUrls implements NestInterceptor<Shown, Shown> {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  intercept(execution: ExecutionContext, next: CallHandler<Shown>): Observable<Shown> {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const origin = this.context.app.environment.publicUrl ?? originOf(request);
    return next
      .handle()
      .pipe(map((shown) => ('data' in shown ? { ...shown, data: shown.data.map(at(origin)) } : at(origin)(shown))));
  }
}

/** @returns an empty text where the client does not say how it reached us: its own address then completes the path. */
function originOf({ protocol, host }: FastifyRequest): string {
  return host === '' ? '' : `${protocol}://${host}`;
}

function at(origin: string): (job: ShownJob) => ShownJob {
  return (job) => {
    if (job.result === null || !('images' in job.result)) return job;
    const images = job.result.images.map((image) =>
      image.url?.startsWith('/') === true ? { ...image, url: `${origin}${image.url}` } : image,
    );
    return { ...job, result: { ...job.result, images } };
  };
}

import { Inject, Injectable } from '@nestjs/common';
import { GatewayError, type JobView } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import { giveFeedback, readSubmission } from '@switchyard/jobs';
import { taskOf } from '@switchyard/selector';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { timely } from '../http/timely.js';
import type { FeedbackBody } from './feedback.body.js';
import { knownId, owned, unlessUnreadable } from './jobs.service.js';

/** Feedback as it was kept. */
export interface FeedbackView {
  readonly model: string;
  /** What the job was taken for; the score counts for its model at such tasks. */
  readonly task: string | null;
  readonly score: number | null;
  readonly expected: string | null;
  readonly label: string | null;
  readonly at: string;
}

/** Keeps what clients say of answers. */
@Injectable()
export class FeedbackService {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  /** The last word on a job stands. @throws GatewayError 404 for another's job, 409 for one without an answer */
  async give(id: string, { score, expected, label }: FeedbackBody, submitter: Submitter): Promise<FeedbackView> {
    const jobId = knownId(id);
    if (score === undefined && expected === undefined && label === undefined) {
      const message = 'Say something of the answer: `score`, `expected` or `label`.';
      throw new GatewayError('invalid_request_error', message, { param: 'score' });
    }
    const { app, reader } = this.context;
    return await timely(async () => {
      const { job, tenantId } = owned(await reader.read(jobId), submitter);
      if (job.status !== 'succeeded') {
        const message = `The job is ${job.status}: there is no answer to say something of.`;
        throw new GatewayError('conflict_error', message, { code: 'job_not_succeeded' });
      }
      const said = {
        model: job.model,
        task: await this.#taskOf(job),
        score: score ?? null,
        expected: this.#keepsContent(tenantId) ? (expected ?? null) : null,
        label: label ?? null,
      };
      const at = await giveFeedback(app.database, { ...said, jobId, tenantId, keyId: submitter.key.id });
      return { ...said, at: at.toISOString() };
    });
  }

  /** Of a job whose choice did not ask for its task, it is read from the prompt, while that is kept. */
  async #taskOf({ id, type, task }: JobView): Promise<string | null> {
    if (task) return task.type;
    const payload = await readSubmission(this.context.app.database, id).catch(unlessUnreadable);
    return (payload && taskOf(type, payload.request)?.type) ?? null;
  }

  #keepsContent(tenantId: number): boolean {
    const { keys, app } = this.context;
    return app.configuration.current.tenants.get(keys.tenantName(tenantId) ?? '')?.storePrompts !== false;
  }
}

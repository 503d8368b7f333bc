import fc from 'fast-check';
import { isTerminal, uuidOfJob, type JobId, type JobStatus } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';
import { openReconciler, type Reconciler } from './reconcile.js';
import { ATTEMPT_TRANSITIONS, JOB_TRANSITIONS, type AttemptState } from './transitions.js';

/** Interleavings that are tried; set PROPERTY_RUNS for more. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 60);
const STEPS = [
  'admit',
  'admitExpiring',
  'claim',
  'succeed',
  'retry',
  'settleStale',
  'cancel',
  'crash',
  'recover',
  'endOverdue',
] as const;
type Step = (typeof STEPS)[number];

interface Seen {
  readonly status: JobStatus;
  readonly attempts: readonly AttemptState[];
}

/** One interleaving: what the processes of an installation could do, in any order. */
class Interleaving {
  readonly jobs: JobId[] = [];
  readonly #claims: ClaimedJob[] = [];
  readonly #seen = new Map<JobId, Seen>();
  #worker = 0;

  constructor(
    private readonly bench: JobBench,
    private readonly reconciler: Reconciler,
    private readonly provider: string,
  ) {}

  async take(step: Step, choice: number): Promise<void> {
    const { bench, provider } = this;
    const claim = this.#claims[choice % Math.max(this.#claims.length, 1)];
    switch (step) {
      case 'admit':
        this.jobs.push(await bench.admit({ provider, model: `m${choice % 2}` }));
        break;
      case 'admitExpiring':
        this.jobs.push(await bench.admit({ provider, expiresMs: 1 }));
        break;
      case 'claim':
        this.#worker ||= await bench.worker();
        this.#claims.push(...(await bench.claim(this.#worker, 1 + (choice % 3), 3, provider)));
        break;
      case 'succeed':
        if (claim) await bench.settler.settle(success(claim));
        break;
      case 'retry':
        if (claim) await bench.settler.settle(tryAgain(claim, choice % 2));
        break;
      case 'settleStale':
        if (claim) expect(await bench.settler.settle(success({ ...claim, epoch: claim.epoch - 1 }))).toBe('stale');
        break;
      case 'cancel': {
        const id = this.jobs[choice % Math.max(this.jobs.length, 1)];
        if (id) await cancelJob(bench.database, bench.queue, id);
        break;
      }
      case 'crash':
        if (this.#worker > 0) await bench.killWorker(this.#worker);
        this.#worker = 0;
        break;
      case 'recover':
        await this.reconciler.reconcile();
        break;
      case 'endOverdue':
        await this.reconciler.endOverdue();
        break;
    }
    await this.#look(step);
  }

  /** Holds what is there against what was there before. */
  async #look(step: Step): Promise<void> {
    for (const id of this.jobs) {
      const before = this.#seen.get(id);
      const now = await this.#read(id);
      if (before && before.status !== now.status) {
        const steps = JOB_TRANSITIONS[before.status];
        // A recovery or a retry may be followed by a claim in the same look of a worker, never skipped.
        expect({ step, from: before.status, to: now.status, allowed: steps.includes(now.status) }).toMatchObject({
          allowed: true,
        });
      }
      now.attempts.forEach((state, index) => {
        const old = before?.attempts[index];
        if (old !== undefined && old !== state) expect(ATTEMPT_TRANSITIONS[old]).toContain(state);
        if (old === undefined) expect(['reserved', 'started']).toContain(state);
      });
      this.#seen.set(id, now);
    }
    expect(await this.#hiddenJobs()).toEqual([]);
  }

  async #read(id: JobId): Promise<Seen> {
    const { status } = await this.bench.read(id);
    const attempts = await this.bench.database.query<{ state: AttemptState }>(
      sql`select state from attempts where job_id = ${uuidOfJob(id)}::uuid order by number`,
    );
    return { status, attempts: attempts.map(({ state }) => state) };
  }

  /** Jobs that could be claimed and that no claim would find, because their lane says that it is empty. */
  async #hiddenJobs(): Promise<unknown[]> {
    return await this.bench.database.query(sql`
      select l.job_id from live_jobs l join lanes on lanes.id = l.lane_id
       where l.worker_id is null and not l.parked and not lanes.waiting`);
  }

  /** Ends what has not ended, as time would. */
  async finish(): Promise<void> {
    await this.take('crash', 0);
    await this.take('recover', 0);
    for (const [index] of this.jobs.entries()) await this.take('cancel', index);
    for (const id of this.jobs) expect(isTerminal((await this.#read(id)).status)).toBe(true);
  }
}

describe('every interleaving of admit, claim, settle, crash, recover, cancel and expire', () => {
  let bench: JobBench;

  beforeAll(async () => {
    bench = await openJobBench();
    await bench.untilLeasesCount();
  }, 60_000);
  afterAll(() => bench.close());

  it('follows the tables of transitions and leaves the ledger balanced', async () => {
    const reconciler = openReconciler(bench.database, bench.queue);
    let run = 0;
    const steps = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat({ max: 100 })), { minLength: 5, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const interleaving = new Interleaving(bench, reconciler, `provider-${(run += 1)}`);
        await interleaving.take('admit', 0);
        for (const [step, choice] of taken) await interleaving.take(step, choice);
        await interleaving.finish();
        expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
  }, 600_000);
});

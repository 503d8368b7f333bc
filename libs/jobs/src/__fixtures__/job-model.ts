import type { JobId, JobStatus } from '@switchyard/contract';
import type { SettleVerdict } from '../settle-attempts.js';
import { ATTEMPT_TRANSITIONS, JOB_TRANSITIONS, type AttemptState } from '../transitions.js';

/** What an attempt of the model at the first target of its plan reserves, in nano-dollars. */
export const MODEL_RESERVE = 1_000n;
/** The further the dearer: a reservation of another target would show. */
const DEARER_BY_TARGET = 100n;
const CRASH_LIMIT = 3;

/** A job as the model has it. */
export interface ModelJob {
  readonly id: JobId;
  status: JobStatus;
  epoch: number;
  worker: number | null;
  /** State and cost. */
  readonly attempts: [AttemptState, bigint | null][];
  cancelWished: boolean;
  /** Its delay or backoff is not over. */
  parked: boolean;
  started: boolean;
  /** Its time to be claimed for the first time, or that over all attempts, is up. */
  expired: boolean;
  late: boolean;
  crashes: number;
  /** The providers of its plan, and which of them it is at. */
  readonly plan: readonly string[];
  target: number;
}

/** How a settlement ends an attempt and what becomes of the job. */
export interface ModelSettlement {
  readonly state: 'succeeded' | 'failed' | 'canceled';
  readonly cost: bigint | null;
  readonly outcome: 'succeeded' | 'failed' | 'canceled' | null;
  readonly parked: boolean;
  /** The job goes on at the next target of its plan. */
  readonly moves?: true;
}

/** What should happen, in memory: each method does what its SQL function must do, and refuses what no table allows. */
export class JobModel {
  readonly jobs = new Map<JobId, ModelJob>();
  /** Workers that are registered; true: their lease has run out, and nobody has taken notice. */
  readonly workers = new Map<number, boolean>();

  constructor(readonly concurrency: number) {}

  admit(id: JobId, delayed: boolean, plan: readonly string[]): void {
    this.jobs.set(id, {
      id,
      status: 'queued',
      epoch: 0,
      worker: null,
      attempts: [['reserved', null]],
      cancelWished: false,
      parked: delayed,
      started: false,
      expired: false,
      late: false,
      crashes: 0,
      plan,
      target: 0,
    });
  }

  /** How many jobs of a provider a claim must bring. @param setAside workers, each with the provider whose suspects it runs */
  room(worker: number, slots: number, provider: string, setAside: ReadonlyMap<number, string>): number {
    if (!this.workers.has(worker)) return 0;
    const all = [...this.jobs.values()];
    const running = all.filter((job) => job.status === 'running' && providerOf(job) === provider).length;
    const most = Math.max(Math.min(slots, this.concurrency - running), 0);
    const held = all.filter((job) => job.worker === worker);
    const waiting = all.filter(isClaimable);
    const suspectsOf = (of: string): number => waiting.filter((job) => isSuspect(job) && providerOf(job) === of).length;
    let asideFor = setAside.get(worker);
    if (asideFor !== undefined && held.some(isSuspect)) return 0;
    let others = setAside.size;
    if (asideFor !== undefined && suspectsOf(asideFor) === 0) [asideFor, others] = [undefined, others - 1];
    if (asideFor !== undefined && asideFor !== provider) return 0;
    const suspects = suspectsOf(provider);
    const runsSuspects = asideFor !== undefined || others < Math.floor((this.workers.size + 1) / 2);
    if (suspects > 0 && runsSuspects) return held.length > 0 ? 0 : Math.min(most, 1);
    return Math.min(most, waiting.filter((job) => providerOf(job) === provider).length - suspects);
  }

  /** @throws when the job should not have been claimed. */
  claim(id: JobId, worker: number): ModelJob {
    const job = this.#job(id);
    if (!isClaimable(job)) throw new Error(`${id} was claimed: ${JSON.stringify(job)}`);
    move(job, 'running');
    job.epoch += 1;
    job.worker = worker;
    job.started = true;
    if (job.epoch === 1) moveAttempt(job, 'started', null);
    else job.attempts.push(['started', null]);
    return job;
  }

  settle(id: JobId, epoch: number, worker: number, settlement: ModelSettlement): SettleVerdict {
    const job = this.#job(id);
    if (job.status !== 'running' || job.epoch !== epoch || job.worker !== worker) return 'stale';
    moveAttempt(job, settlement.state, settlement.cost ?? reserveOf(job));
    const outcome = settlement.outcome ?? (job.cancelWished ? 'canceled' : null);
    if (outcome === null && settlement.moves) return this.#goOn(job);
    if (outcome === null) this.#putBack(job, settlement.parked);
    else this.#end(job, outcome);
    return outcome === null ? 'requeued' : 'ended';
  }

  cancel(id: JobId): 'ended' | 'canceled' | 'running' {
    const job = this.#job(id);
    if (job.status === 'running') job.cancelWished = true;
    else if (job.status === 'queued') this.#end(job, 'canceled');
    else return 'ended';
    return job.status as 'canceled' | 'running';
  }

  /** What each job that a worker holds should show in its beat. @returns undefined when its lease is gone. */
  beat(worker: number): string[] | undefined {
    if (!this.workers.has(worker)) return undefined;
    this.workers.set(worker, false);
    return [...this.jobs.values()]
      .filter((job) => job.worker === worker)
      .map((job) => `${job.id} ${job.epoch} ${String(job.cancelWished)}`)
      .toSorted();
  }

  /** @returns the jobs that are taken back, with what became of them. */
  recover(): string[] {
    const lost = [...this.workers].filter(([, expired]) => expired).map(([worker]) => worker);
    for (const worker of lost) this.workers.delete(worker);
    const held = [...this.jobs.values()].filter((job) => job.worker !== null && lost.includes(job.worker));
    return held.map((job) => this.#takeBack(job)).toSorted();
  }

  /** @returns the jobs that end because they are out of time, with how they end. */
  endOverdue(): string[] {
    const due = [...this.jobs.values()].filter(({ status, started, expired, late }) => {
      return status === 'queued' && (started ? late : expired);
    });
    return due
      .map((job) => {
        this.#end(job, job.started ? 'failed' : 'expired');
        return `${job.id} ${job.status}`;
      })
      .toSorted();
  }

  #takeBack(job: ModelJob): string {
    moveAttempt(job, 'unknown', reserveOf(job));
    job.crashes += 1;
    if (job.cancelWished) this.#end(job, 'canceled');
    else if (job.crashes >= CRASH_LIMIT || job.late) this.#end(job, 'failed');
    else this.#putBack(job, false);
    return `${job.id} ${job.status}`;
  }

  /** @returns the jobs that go on because their target is shut, with where they go. */
  leaveShut(provider: string): string[] {
    const waiting = [...this.jobs.values()].filter(
      (job) =>
        job.status === 'queued' && !job.parked && providerOf(job) === provider && job.target + 1 < job.plan.length,
    );
    for (const job of waiting) {
      if (job.attempts.at(-1)?.[0] === 'reserved') moveAttempt(job, 'released', 0n);
      job.epoch += 1;
      job.target += 1;
    }
    return waiting.map((job) => `${job.id} ${providerOf(job)}`).toSorted();
  }

  #goOn(job: ModelJob): SettleVerdict {
    if (job.target + 1 === job.plan.length) {
      this.#end(job, 'failed');
      return 'ended';
    }
    this.#putBack(job, false);
    job.target += 1;
    return 'moved';
  }

  #putBack(job: ModelJob, parked: boolean): void {
    move(job, 'queued');
    job.worker = null;
    job.parked = parked;
  }

  #end(job: ModelJob, outcome: JobStatus): void {
    if (job.attempts.at(-1)?.[0] === 'reserved') moveAttempt(job, 'released', 0n);
    move(job, outcome);
    job.worker = null;
  }

  #job(id: JobId): ModelJob {
    const job = this.jobs.get(id);
    if (!job) throw new Error(`The model knows no ${id}.`);
    return job;
  }
}

/** After so many crashes a job of the model fails. */
export const MODEL_CRASH_LIMIT = CRASH_LIMIT;

/** What an attempt reserves at the target that the job is at. */
export function reserveOf({ target }: Pick<ModelJob, 'target'>): bigint {
  return MODEL_RESERVE + DEARER_BY_TARGET * BigInt(target);
}

function providerOf({ plan, target }: ModelJob): string {
  return plan[target] ?? '';
}

/** One that has ended two workers runs alone. */
function isSuspect({ crashes }: ModelJob): boolean {
  return crashes >= 2;
}

function isClaimable({ status, parked, started, expired, late }: ModelJob): boolean {
  return status === 'queued' && !parked && !(started ? late : expired);
}

function move(job: ModelJob, to: JobStatus): void {
  if (!JOB_TRANSITIONS[job.status].includes(to)) throw new Error(`A job went from ${job.status} to ${to}.`);
  job.status = to;
}

function moveAttempt(job: ModelJob, to: AttemptState, cost: bigint | null): void {
  const [from] = job.attempts.at(-1) ?? ['released'];
  if (!ATTEMPT_TRANSITIONS[from].includes(to)) throw new Error(`An attempt went from ${from} to ${to}.`);
  job.attempts[job.attempts.length - 1] = [to, cost];
}

import type { TerminalStatus } from '@switchyard/contract';
import type { CancelRequest, Submission } from '../client/client-log.js';

/** A job as the database has it. */
export interface JobRecord {
  readonly id: string;
  /** What its metadata carries; undefined where it is not one of the load's. */
  readonly marker: string | undefined;
  /** Null: it has not ended. */
  readonly outcome: TerminalStatus | null;
  readonly isLive: boolean;
  /** Unix times in milliseconds. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly actualNano: bigint | null;
  /** The epoch whose result it shows. */
  readonly resultEpoch: number | null;
  /** Of all results that are stored for it. */
  readonly resultEpochs: readonly number[];
  readonly errorType: string | undefined;
}

/** An attempt with its call and its postings. */
export interface AttemptRecord {
  /** As the vendor is told: the job's id, a stroke, the number. */
  readonly name: string;
  readonly jobId: string;
  readonly state: string;
  /** Of the call on the wire; null where none was made. */
  readonly callState: string | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly costNano: bigint | null;
  readonly estimated: boolean;
  readonly reserved: bigint;
  readonly overrun: bigint;
  readonly settled: bigint;
  readonly released: bigint;
  /** How many postings of the kind `settle` there are. */
  readonly settlements: number;
}

/** A request as the vendor's own log has it. */
export interface VendorCall {
  readonly path: string;
  /** Undefined where it did not say. */
  readonly attempt: string | undefined;
  readonly startedAt: number;
  /** Null while it is open. */
  readonly endedAt: number | null;
  readonly outcome: 'answered' | 'aborted' | 'cut' | null;
}

/** A fault that was done. */
export interface DoneFault {
  readonly fault: string;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** The books of the ledger, over everything. */
export interface LedgerSums {
  readonly debits: bigint;
  readonly credits: bigint;
  /** Reserved, and neither settled nor released. */
  readonly held: bigint;
}

/** Everything that is known of a run when it is over. */
export interface Evidence {
  readonly submissions: readonly Submission[];
  readonly cancels: readonly CancelRequest[];
  readonly jobs: readonly JobRecord[];
  readonly attempts: readonly AttemptRecord[];
  /** Calls that are recorded, whether an attempt names them or not. */
  readonly recordedCalls: number;
  readonly ledger: LedgerSums;
  readonly vendorCalls: readonly VendorCall[];
  /** Whether what was sent of an attempt was lost on its way to the vendor. */
  readonly wasLost: (attempt: string) => boolean;
  readonly faults: readonly DoneFault[];
}

/** Something that should hold and did not. */
export interface Violation {
  /** `I1` to `I8`, or the fault whose own promise it is. */
  readonly rule: string;
  readonly what: string;
  /** Of the jobs or attempts that show it. */
  readonly ids: readonly string[];
}

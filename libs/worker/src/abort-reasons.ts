/** The client wished the job canceled. */
export class CanceledByClient extends Error {
  override readonly name = 'CanceledByClient';
}

/** The job's time over all attempts is up. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/** Another epoch holds the job now: whatever this one does is void. */
export class EpochLost extends Error {
  override readonly name = 'EpochLost';
}

/** The process is going down and its grace is over. */
export class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';
}

/** The process cannot tell whether its lease still holds: what has not been called yet is not called. */
export class LeaseInDoubt extends Error {
  override readonly name = 'LeaseInDoubt';
}

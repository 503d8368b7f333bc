import { CallTimeoutError, type CallTimeouts } from '@switchyard/contract';

/** What a call waits for at the moment. */
type Phase = 'connect' | 'firstByte' | 'idle';

const LIMITS = {
  connect: 'connectMs',
  firstByte: 'firstByteMs',
  idle: 'idleMs',
} as const satisfies Record<Phase, keyof CallTimeouts>;

/** Watches the limits of one call: the whole of it, and whichever phase it is in. Reports the first that passes, once. */
export class CallClock {
  private readonly total: NodeJS.Timeout;
  private phase: { readonly name: Phase; readonly timer: NodeJS.Timeout } | undefined;

  constructor(
    private readonly timeouts: CallTimeouts,
    private readonly onExpire: (error: CallTimeoutError) => void,
  ) {
    this.total = setTimeout(() => this.expire('total', timeouts.totalMs), timeouts.totalMs);
    this.enter('connect');
  }

  /** Ends the phase that runs and begins this one. Entered again, it begins anew. */
  enter(name: Phase): void {
    if (this.phase?.name === name) {
      this.phase.timer.refresh();
      return;
    }
    this.hold();
    const milliseconds = this.timeouts[LIMITS[name]];
    this.phase = { name, timer: setTimeout(() => this.expire(name, milliseconds), milliseconds) };
  }

  /** Ends the phase that runs without another: while our own reader is slow, the vendor is not. The whole goes on. */
  hold(): void {
    if (this.phase) clearTimeout(this.phase.timer);
    this.phase = undefined;
  }

  stop(): void {
    this.hold();
    clearTimeout(this.total);
  }

  private expire(limit: CallTimeoutError['limit'], milliseconds: number): void {
    this.stop();
    this.onExpire(new CallTimeoutError(limit, milliseconds));
  }
}

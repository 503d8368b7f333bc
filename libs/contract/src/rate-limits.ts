/** What is left of a limit of a key or tenant after a request was judged by it. */
export interface RateState {
  readonly name: string;
  readonly windowMs: number;
  /** Null where it does not limit them. */
  readonly maxRequests: number | null;
  readonly leftRequests: number | null;
  readonly maxTokens: number | null;
  readonly leftTokens: number | null;
  /** Until what was taken first is given back, in milliseconds. */
  readonly resetMs: number;
}

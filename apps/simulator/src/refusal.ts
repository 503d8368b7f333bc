interface RefusalDetails {
  /** The field or header at fault. */
  readonly param?: string;
  readonly code?: string;
  /** Headers that go with the answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is answered with an error, in the shape of whichever dialect it came in. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly param: string | undefined;
  readonly code: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: number,
    message: string,
    details: RefusalDetails = {},
  ) {
    super(message);
    this.param = details.param;
    this.code = details.code;
    this.headers = details.headers ?? {};
  }
}

const MARKER = /x-switchyard-attempt: *(\S+)/gi;

/** What was sent towards the vendor and lost on the way: its attempts, by the header that names them. */
export class WireLog {
  readonly #lost = new Set<string>();

  readonly lose = (bytes: Buffer): void => {
    for (const [, attempt = ''] of bytes.toString('latin1').matchAll(MARKER)) this.#lost.add(attempt);
  };

  hasLost(attempt: string): boolean {
    return this.#lost.has(attempt);
  }
}

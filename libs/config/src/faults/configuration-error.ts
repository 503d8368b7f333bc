/** One thing that is wrong with the environment or the file. */
export interface Fault {
  /** An environment variable, a place in the file (`models[2].price`), or `<file>:<line>:<column>`. */
  readonly path: string;
  /** What is wrong and how to mend it; never a secret. */
  readonly message: string;
}

/** A configuration that cannot be used. Its message has one line for each fault: `path: what is wrong`. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly faults: readonly Fault[]) {
    super(faults.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  }
}

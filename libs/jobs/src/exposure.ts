import { createHash } from 'node:crypto';

/** An arm of an experiment, and who was given it. */
export interface Exposure {
  readonly name: string;
  readonly arm: string;
  /** A user, or what stands for one; only its hash is kept. */
  readonly unit: string;
}

/** Its columns of an admission. The first 64 bits of a hash tell units apart well enough for sums over them. */
export function exposureColumns({ name, arm, unit }: Exposure): Readonly<Record<string, string>> {
  const hash = createHash('sha256').update(`${name}\n${unit}`).digest();
  return { experiment: name, arm, unit: hash.readBigInt64BE().toString() };
}

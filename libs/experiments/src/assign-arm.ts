import { createHash } from 'node:crypto';
import type { Arm, Experiment } from './experiment.js';

/**
 * The arm of a unit, which is a user or, without one, a job: the same in every process and for ever, with nothing to
 * store. By weighted rendezvous hashing (Schindelhauer, Schomaker: "Weighted distributed hash tables", 2005): each arm
 * draws a number from the hash of experiment, arm and unit, and the smallest of `-ln(u) / weight` wins. A change of the
 * weights, or one arm more, moves only the users that it must.
 */
export function assignArm<SomeArm extends Arm>({ name, arms }: Experiment<SomeArm>, unit: string): SomeArm {
  let [chosen] = arms;
  let least = Number.POSITIVE_INFINITY;
  for (const arm of arms) {
    const distance = -Math.log(drawOf(name, arm.name, unit)) / arm.weight;
    if (distance < least) [chosen, least] = [arm, distance];
  }
  return chosen;
}

/** A number above 0 and up to 1, from 48 bits of a hash; lengths keep one text from running into the next. */
function drawOf(experiment: string, arm: string, unit: string): number {
  const text = `${experiment.length}:${experiment}${arm.length}:${arm}${unit}`;
  return (createHash('sha256').update(text).digest().readUIntBE(0, 6) + 1) / 2 ** 48;
}

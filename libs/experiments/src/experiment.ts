/** What an experiment draws. */
export interface Arm {
  readonly name: string;
  /** Its part of the users, against those of the other arms. Above 0. */
  readonly weight: number;
}

/** A comparison, as far as who gets what goes. */
export interface Experiment<SomeArm extends Arm = Arm> {
  readonly name: string;
  /** At least one; the first is the control that the others are held against. */
  readonly arms: readonly [SomeArm, ...SomeArm[]];
}

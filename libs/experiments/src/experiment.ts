/** One of the models that an experiment compares. */
export interface Arm {
  readonly name: string;
  /** A model's id or an alias. */
  readonly model: string;
  readonly version?: string;
  /** Share of the users, against those of the other arms. Above 0. */
  readonly weight: number;
}

/** A comparison of models, as the configuration names it. */
export interface Experiment {
  readonly name: string;
  /** At least one; the first is the control that the others are held against. */
  readonly arms: readonly [Arm, ...Arm[]];
}

/** What keeps a model from being run here, told without its name, and the mend. */
export class ModelFault extends Error {
  override readonly name = 'ModelFault';
}

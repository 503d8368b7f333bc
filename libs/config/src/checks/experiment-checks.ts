import type { Names } from './names.js';
import type { Place } from './place.js';

/** What the parts of all arms may add up to: a share, or per cent. */
const WHOLES = [1, 100];
/** Thirds need not be written to the last digit. */
const TOLERANCE = 0.001;

/** Holds `experiments` against the models that they name, and their parts against the whole. */
export function checkExperiments(root: Place, names: Names): void {
  for (const [, experiment] of root.at('experiments').entries()) {
    const arms = experiment.at('arms').entries();
    for (const [, arm] of arms) checkArm(arm, root, names);
    checkParts(experiment.at('arms'));
    names.expect(experiment.at('alias'), ['alias']);
  }
}

function checkArm(arm: Place, root: Place, names: Names): void {
  const chosen = arm.at('model');
  names.expect(chosen, ['model', 'alias']);
  const version = arm.at('version');
  const model = root
    .at('models')
    .items()
    .find((candidate) => candidate.at('id').text === chosen.text);
  if (!model || version.text === undefined || model.at('versions').at(version.text).exists) return;
  version.fault(`the model ${chosen.text ?? ''} has no version "${version.text}"`);
}

function checkParts(arms: Place): void {
  const weights = arms.entries().map(([name, arm]) => ({ name, weight: arm.at('weight') }));
  const without = weights.filter(({ weight }) => !weight.exists).map(({ name }) => name);
  if (without.length === weights.length) return;
  if (without.length > 0) {
    arms.fault(`${without.join(', ')} has no weight and others have one; give it to every arm, or to none`);
    return;
  }
  const numbers = weights.flatMap(({ weight }) => weight.number ?? []);
  // One that is no number, or not above 0, has a fault of its own.
  if (numbers.length < weights.length || numbers.some((number) => number <= 0)) return;
  const sum = numbers.reduce((total, number) => total + number, 0);
  if (WHOLES.some((whole) => Math.abs(sum - whole) <= TOLERANCE * whole)) return;
  arms.fault(`the weights add up to ${Number(sum.toFixed(6))}; let them add up to 1, or to 100`);
}

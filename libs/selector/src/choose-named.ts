import { pickMember, type Balancer, type BalancerMember } from './balance/pick-member.js';
import type { Chosen, Choosing } from './choose-model.js';
import { drawArm, type PlacedExperiment } from './experiment/place-experiment.js';
import { obstacleOf } from './judge-model.js';
import {
  contradiction,
  providerOfExperiment,
  refusalOfAll,
  refusalOfNamed,
  unknownModel,
  unknownVersion,
  versionOfBalancer,
  versionOfExperiment,
} from './refusals.js';

/** A model, an alias, a load balancer or an experiment, and what was said beside its name. */
interface Named {
  readonly name: string;
  readonly version?: string | undefined;
  readonly provider?: string | undefined;
}

/**
 * Takes the model of a name, the member of a load balancer whose turn it is among those that can take the job, or the
 * arm of an experiment.
 */
export function chooseNamed(choosing: Choosing, { name, version, provider }: Named): Chosen {
  const { needs, routing, context } = choosing;
  const { registry } = routing;
  const experiment = routing.experiment(name);
  if (experiment) {
    if (version !== undefined) throw versionOfExperiment(name);
    if (provider !== undefined) throw providerOfExperiment(name);
    return chooseArm(experiment, choosing);
  }
  const balancer = routing.balancer(name);
  if (balancer) {
    if (version !== undefined) throw versionOfBalancer(name);
    const members = balancer.members.filter(({ model }) => provider === undefined || model.provider === provider);
    return chooseMember(balancer, members);
  }
  if (!registry.hasModel(name)) throw unknownModel(name);
  const model = registry.resolveModel(name, version);
  if (!model) throw unknownVersion(name, version ?? '', registry.versionsOf(name));
  if (provider !== undefined && model.provider !== provider) throw contradiction(model, provider);
  const obstacle = obstacleOf(model, needs);
  if (obstacle) throw refusalOfNamed(model, obstacle, needs, registry);
  return { targets: [model], reason: name === model.id ? 'named by the request' : `named by the request as ${name}` };

  function chooseMember(of: Balancer, members: readonly BalancerMember[]): Chosen {
    const [first, ...rest] = members.filter(({ model: each }) => obstacleOf(each, needs) === undefined);
    if (!first) {
      const models = members.map(({ model: each }) => each);
      throw refusalOfAll(models, needs, `the load balancer ${of.name}`, 'selection.modelId');
    }
    const { member, reason, take } = pickMember(of, [first, ...rest], context);
    return { targets: [member.model], reason: `of the load balancer ${of.name}: ${reason}`, balancer: of.name, take };
  }
}

/** Another arm in place of one that cannot take the job would be another experiment, so the job is refused. */
function chooseArm(experiment: PlacedExperiment, { request, needs, routing, context }: Choosing): Chosen {
  const unit = request.userId ?? context.unit;
  const { name: arm, target } = drawArm(experiment, unit);
  const obstacle = obstacleOf(target, needs);
  if (obstacle) throw refusalOfNamed(target, obstacle, needs, routing.registry);
  const { name, running } = experiment;
  if (!running) return { targets: [target], reason: `the first arm of the experiment ${name}, which has stopped` };
  return { targets: [target], reason: `the arm ${arm} of the experiment ${name}`, experiment: { name, arm, unit } };
}

import { pickMember, type Balancer, type BalancerMember } from './balance/pick-member.js';
import type { Chosen, Choosing } from './choose-model.js';
import { obstacleOf } from './judge-model.js';
import {
  contradiction,
  refusalOfAll,
  refusalOfNamed,
  unknownModel,
  unknownVersion,
  versionOfBalancer,
} from './refusals.js';

/** A model, an alias or a load balancer, and what was said beside its name. */
interface Named {
  readonly name: string;
  readonly version?: string | undefined;
  readonly provider?: string | undefined;
}

/** Takes the model of a name, or the member of a load balancer whose turn it is among those that can take the job. */
export function chooseNamed({ needs, routing, context }: Choosing, { name, version, provider }: Named): Chosen {
  const { registry } = routing;
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

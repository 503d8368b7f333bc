import { GatewayError } from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';
import { chooseNamed } from '../choose-named.js';
import type { Chosen, Choosing } from '../choose-model.js';
import { obstacleOf, type Obstacle } from '../judge-model.js';
import type { Routing } from '../routing.js';

/**
 * With one of these a model is not for such jobs, so a rule that names it is not about them: an embedding goes past a
 * rule for a tenant's chats. A permission or a window that is missing is no reason to decide otherwise than the rule.
 */
const NOT_CONCERNED: ReadonlySet<Obstacle['kind']> = new Set(['capability', 'unsupported', 'disabled', 'not_local']);

/**
 * Lets the first rule decide that holds and is about such jobs.
 * @returns undefined where there is none
 * @throws GatewayError where the rule's target cannot take the job, naming the rule
 */
export function decideByRule(choosing: Choosing): Chosen | undefined {
  const { facts, routing } = choosing;
  const rule = routing.rules.find(({ target, holds }) => holds(facts) && concerns(target, choosing));
  if (!rule) return undefined;
  try {
    const chosen = chooseNamed(choosing, { name: rule.target });
    const decidedFurther = chosen.balancer ?? chosen.experiment;
    const further = decidedFurther === undefined ? '' : `, ${chosen.reason}`;
    return { ...chosen, rule: rule.name, reason: `the routing rule ${rule.name}${further}` };
  } catch (error) {
    throw error instanceof GatewayError ? refusedByRule(rule.name, error) : error;
  }
}

function concerns(target: string, { needs, routing }: Choosing): boolean {
  return targetsOf(target, routing).some((model) => {
    const obstacle = obstacleOf(model, needs);
    return !obstacle || !NOT_CONCERNED.has(obstacle.kind);
  });
}

function targetsOf(name: string, routing: Routing): readonly ResolvedModel[] {
  const members = routing.balancer(name)?.members.map(({ model }) => model);
  const arms = routing.experiment(name)?.arms.map(({ target }) => target);
  return members ?? arms ?? [routing.registry.resolveModel(name) ?? []].flat();
}

function refusedByRule(rule: string, { type, code, message, param }: GatewayError): GatewayError {
  const field = param?.startsWith('selection') === true ? 'selection' : param;
  return new GatewayError(type, `The routing rule ${rule} decides here. ${message}`, {
    code,
    ...(field === undefined ? {} : { param: field }),
  });
}

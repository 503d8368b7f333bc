import type { ExperimentSettings, LoadBalancerSettings, RoutingRule } from '@switchyard/contract';
import type { Registry, ResolvedModel } from '@switchyard/registry';
import type { Balancer } from './balance/pick-member.js';
import { inDefaultOrder } from './default-order.js';
import { placeExperiment, type PlacedExperiment } from './experiment/place-experiment.js';
import { compileCondition } from './rules/compile-condition.js';
import type { Facts } from './rules/facts.js';

/** The part of a configuration that says how a model is chosen. */
export interface RoutingSource {
  readonly routingRules?: readonly RoutingRule[];
  readonly loadBalancers?: Readonly<Record<string, LoadBalancerSettings>>;
  readonly experiments?: Readonly<Record<string, ExperimentSettings>>;
}

/** A rule whose condition was compiled. */
interface CompiledRule {
  readonly name: string;
  readonly holds: (facts: Facts) => boolean;
  /** The name of a model, an alias, a load balancer, or an experiment. */
  readonly target: string;
}

/** All that a choice goes by of one snapshot of the configuration. Never changes: another snapshot makes another. */
export interface Routing {
  readonly registry: Registry;
  /** Every model, those first that are looked at first where nothing is named. */
  readonly models: readonly ResolvedModel[];
  readonly rules: readonly CompiledRule[];
  balancer(name: string): Balancer | undefined;
  experiment(name: string): PlacedExperiment | undefined;
}

/** Compiles how models are chosen, once for each snapshot of a checked configuration. */
export function compileRouting(
  registry: Registry,
  { routingRules = [], loadBalancers = {}, experiments = {} }: RoutingSource = {},
): Routing {
  const balancers = new Map(
    Object.entries(loadBalancers).map(([name, settings]) => [name, resolveBalancer(name, settings, registry)]),
  );
  const placed = new Map(
    Object.entries(experiments).map(([name, settings]) => [name, placeExperiment(name, settings, registry)]),
  );
  const rules = routingRules.map(({ name, when, model }) => ({ name, holds: compileCondition(when), target: model }));
  const models = [...inDefaultOrder(registry)].flatMap((place) => place.models);
  return {
    registry,
    models,
    rules,
    balancer: (name) => balancers.get(name),
    experiment: (name) => placed.get(name),
  };
}

function resolveBalancer(
  name: string,
  { strategy = 'round_robin', models }: LoadBalancerSettings,
  registry: Registry,
): Balancer {
  const members = models.flatMap((given) => {
    const { model: of, weight = 1 } = typeof given === 'string' ? { model: given } : given;
    const model = registry.resolveModel(of);
    return model ? [{ name: model.id, weight, model }] : [];
  });
  return { name, strategy, members };
}

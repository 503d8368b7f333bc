import type { BalancingStrategy } from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';
import type { Measurements } from '../score/measurements.js';
import type { Turns, TurnTaker } from './turns.js';

/** A model behind a load balancer. */
export interface BalancerMember extends TurnTaker {
  readonly model: ResolvedModel;
}

/** A load balancer of the configuration, its members resolved. */
export interface Balancer {
  readonly name: string;
  readonly strategy: BalancingStrategy;
  readonly members: readonly BalancerMember[];
}

/** What a balancer goes by, beside its members. */
export interface BalancingState {
  readonly turns: Turns;
  readonly measurements: Measurements;
}

/** Whom a turn belongs to, and how it is used up. */
export interface Pick {
  readonly member: BalancerMember;
  /** In words for the user. */
  readonly reason: string;
  readonly take: () => void;
}

type Some<Item> = readonly [Item, ...Item[]];

/**
 * Picks one of a balancer's members. The strategy narrows them down to those that are equally right, who take turns by
 * their weights; those that take no calls now are passed over unless none does.
 * @param able The members that can take the job.
 */
export function pickMember(balancer: Balancer, able: Some<BalancerMember>, state: BalancingState): Pick {
  const { name, strategy } = balancer;
  const open = some(able.filter(({ model }) => state.measurements.get(model.id)?.available !== false)) ?? able;
  const { takers, words } = narrow(strategy, open, state.measurements);
  const member = state.turns.next(name, takers);
  return { member, reason: words, take: () => state.turns.take(name, takers, member) };
}

function narrow(
  strategy: BalancingStrategy,
  members: Some<BalancerMember>,
  measurements: Measurements,
): { readonly takers: Some<BalancerMember>; readonly words: string } {
  switch (strategy) {
    case 'round_robin':
      return { takers: members, words: 'its turn' };
    case 'weighted':
      return { takers: members, words: 'its turn by weight' };
    case 'least_busy':
      return {
        takers: lowest(members, ({ model, weight }) => (measurements.get(model.id)?.busy ?? 0) / weight),
        words: 'the least busy',
      };
    case 'fastest':
      // What was not measured lately goes first: else a member that was slow once would never be tried again.
      return {
        takers: lowest(members, ({ model }) => measurements.get(model.id)?.latencyMs ?? 0),
        words: 'the fastest, or not measured yet',
      };
  }
}

function lowest(members: Some<BalancerMember>, valueOf: (member: BalancerMember) => number): Some<BalancerMember> {
  const least = Math.min(...members.map(valueOf));
  return some(members.filter((member) => valueOf(member) === least)) ?? members;
}

function some<Item>(items: readonly Item[]): Some<Item> | undefined {
  const [first, ...rest] = items;
  return first === undefined ? undefined : [first, ...rest];
}

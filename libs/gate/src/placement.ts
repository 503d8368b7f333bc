import { randomUUID } from 'node:crypto';
import { budgetApplies } from '@switchyard/contract';
import type { MeasurementWatch } from '@switchyard/jobs';
import type { ResolvedModel } from '@switchyard/registry';
import {
  chooseModel,
  explainChoice,
  Turns,
  type Choice,
  type Explanation,
  type NeededWindow,
  type Routing,
  type SelectionContext,
} from '@switchyard/selector';
import type { PlacedJob } from './describe-job.js';
import type { Submitter } from './gate.js';
import { nameAsSent } from './native/name-as-sent.js';
import type { JobBody } from './native/parse-job.js';
import { permissionsOf } from './permissions.js';
import { outputCap, type OutputCap } from './reservation.js';
import { routingOf } from './routing-of.js';
import { fitWindow } from './window/fit-window.js';

/** A job to be placed, for whom, and what ends the counting of its tokens. */
interface Placing {
  readonly job: JobBody;
  readonly submitter: Submitter;
  readonly signal: AbortSignal | undefined;
}

/** Finds the model of each job, and keeps the book of whose turn it is. */
export class Placement {
  readonly #turns = new Turns();

  constructor(private readonly measured: MeasurementWatch) {}

  /**
   * Chooses a model whose window holds the request, or to whose window it may be trimmed.
   * @param goesThrough Whether the job will be let in, so that a load balancer's turn is used.
   * @throws GatewayError where none can take it
   */
  async place(placing: Placing, goesThrough: boolean): Promise<PlacedJob> {
    const unit = randomUUID();
    return await this.#place(placing, (needed) => {
      const choice = this.#choose(placing, unit, needed);
      if (goesThrough) this.#takeTurn(choice);
      return choice;
    });
  }

  /**
   * Explains what `place` would choose, with what it would have counted.
   * @throws GatewayError for names of nothing
   */
  async explain(placing: Placing): Promise<Explanation> {
    const unit = randomUUID();
    let counted: NeededWindow | undefined;
    try {
      await this.#place(placing, (needed) => {
        counted = needed;
        return this.#choose(placing, unit, needed);
      });
    } catch (error) {
      placing.signal?.throwIfAborted();
      const explanation = this.#explain(placing, unit, counted);
      // It refuses for the same reason, in words for each model.
      if (explanation.refusal) return explanation;
      throw error;
    }
    return this.#explain(placing, unit, counted);
  }

  /** The bound of the answer's length at a model. */
  capOf({ request }: JobBody, submitter: Submitter, model: ResolvedModel): OutputCap {
    return outputCap(request, model, isBlocked(submitter, model));
  }

  async #place({ job, submitter, signal }: Placing, choose: (needed?: NeededWindow) => Choice): Promise<PlacedJob> {
    let needed: NeededWindow | undefined;
    for (;;) {
      const choice = choose(needed);
      const [model] = choice.targets;
      const fit = await fitWindow(job, model, this.capOf(job, submitter, model), signal);
      if (fit.fits) {
        return { job: { ...job, request: fit.request }, choice, model, cap: fit.cap, trimmed: fit.trimmed };
      }
      // More than that model has: the next choice has a larger window, or refuses with these numbers.
      needed = fit.needs;
    }
  }

  #takeTurn({ take, targets: [model] }: Choice): void {
    if (!take) return;
    take();
    this.measured.noteSent(model.id);
  }

  #choose({ job, submitter }: Placing, unit: string, needed: NeededWindow | undefined): Choice {
    const { routing, context } = this.#choosing(submitter, unit);
    try {
      return chooseModel({ ...job, needed }, routing, context);
    } catch (error) {
      throw nameAsSent(error, job);
    }
  }

  #explain({ job, submitter }: Placing, unit: string, needed: NeededWindow | undefined): Explanation {
    const { routing, context } = this.#choosing(submitter, unit);
    try {
      return explainChoice({ ...job, needed }, routing, context);
    } catch (error) {
      throw nameAsSent(error, job);
    }
  }

  /** @param unit For whom an experiment draws where the request names no user: one for all looks at a request. */
  #choosing(
    { key, tenant, configuration }: Submitter,
    unit: string,
  ): {
    readonly routing: Routing;
    readonly context: SelectionContext;
  } {
    const routing = routingOf(configuration);
    const permissions = permissionsOf(key, routing.registry);
    const measurements = this.measured.current;
    return { routing, context: { permissions, tenant, now: new Date(), turns: this.#turns, unit, measurements } };
  }
}

/** Whether a budget may hold the request back: then its cost must be bounded. */
function isBlocked({ key, tenant, configuration }: Submitter, model: ResolvedModel): boolean {
  const scope = { tenant, key: key.name, model: model.id };
  return configuration.budgets.some((budget) => budget.rule !== 'warn' && budgetApplies(budget, scope));
}

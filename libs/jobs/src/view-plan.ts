import type { ErrorBody, PlanTargetView, TerminalStatus } from '@switchyard/contract';
import type { TargetRow } from './job-rows.js';

/** A plan, and how far its job has come in it. */
interface FollowedPlan {
  readonly targets: readonly TargetRow[];
  /** Why it left each target so far. */
  readonly moves: readonly (ErrorBody | null)[];
  /** How the job has ended; null where it has not. */
  readonly outcome: TerminalStatus | null;
  readonly error: ErrorBody | null;
}

/** Shows a job's plan with what became of each target. */
export function viewPlan({ targets, moves, outcome, error }: FollowedPlan): readonly PlanTargetView[] {
  return targets.map(({ provider, model, version }, index) => {
    const place = { provider, model, modelVersion: version };
    if (index < moves.length) return { ...place, status: 'left', error: moves[index] ?? null };
    if (index > moves.length) return { ...place, status: outcome === null ? 'ahead' : 'unused', error: null };
    return { ...place, status: outcome ?? 'current', error: outcome === null ? null : error };
  });
}

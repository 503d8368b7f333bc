import { admittedIds, readTries, type TriedJob } from './look.js';
import { DEAD_MODELS, LIMITED_MODELS, REFUSING_MODELS, SPARE } from '../stage/failing-models.js';
import type { Fault, FaultContext } from './fault.js';

const JOBS_OF_EACH = 3;
/** The database's clock and a worker's timer are read at different moments. */
const TOLERANCE_MS = 20;

/** What must hold of the jobs of one model. */
interface Expectation {
  readonly model: string;
  readonly what: string;
  readonly holds: (job: TriedJob) => boolean;
}

/** Submits jobs of each model, and looks at them once they have ended. */
async function expectOfEach(
  { stage, client, violate }: FaultContext,
  expectations: readonly Expectation[],
): Promise<() => Promise<void>> {
  const submitted = await Promise.all(
    expectations.map(async (expectation) => {
      const jobs = await Promise.all(
        Array.from({ length: JOBS_OF_EACH }, () => client.submit('failing', { modelId: expectation.model })),
      );
      return { ...expectation, ids: admittedIds(jobs) };
    }),
  );
  return async () => {
    for (const { ids, what, holds } of submitted) {
      const wrong = (await readTries(stage.database, ids)).filter((job) => !holds(job));
      if (wrong.length > 0)
        violate(
          what,
          wrong.map(({ id }) => id),
        );
    }
  };
}

/** The vendor says 429, and in every way how long it wants to be left in peace. */
export const RATE_LIMITED: Fault = {
  id: 'F10',
  variants: [
    {
      name: '429 with Retry-After in seconds, as a date, in milliseconds, 0, negative, a day, none',
      nominalMs: 5_000,
      run: (context) =>
        expectOfEach(context, [
          ...Object.entries(LIMITED_MODELS).map(([model, { leastMs }]) => ({
            model,
            what: `${model}: not left in peace as long as was asked, or not once more`,
            holds: (job: TriedJob) => isLeftInPeace(job, leastMs),
          })),
          movesOn('dead-limit', 'rate_limited'),
          // Other models of the same provider go on.
          { model: 'quick', what: 'quick: held up by the limits of others', holds: isQuick },
        ]),
    },
  ],
};

/** The vendor fails, cannot be reached, or will not have the request. */
export const FAILING_VENDOR: Fault = {
  id: 'F11',
  variants: [
    {
      name: '500, 502, 503, 504, 529, reset, TLS and DNS failures; 401, 403, 404, 400, 422',
      nominalMs: 5_000,
      run: (context) =>
        expectOfEach(context, [
          ...['dead-500', 'dead-502', 'dead-503', 'dead-504', 'dead-529'].map((model) => movesOn(model, 'overloaded')),
          ...['dead-line', 'dead-name', 'dead-tls'].map((model) => movesOn(model, 'network')),
          movesOn('dead-model', 'model_unavailable'),
          ...Object.keys(REFUSING_MODELS).map((model) => ({
            model,
            what: `${model}: sent again, or elsewhere`,
            holds: ({ outcome, tries }: TriedJob) => outcome === 'failed' && tries.length <= 1,
          })),
        ]),
    },
  ],
};

function movesOn(model: keyof typeof DEAD_MODELS | (string & {}), code: string): Expectation {
  const most = Object.entries(DEAD_MODELS).find(([id]) => id === model)?.[1].attempts ?? 0;
  return {
    model,
    what: `${model}: did not go on after at most ${most} attempts`,
    holds: ({ outcome, model: at, tries }) => {
      const failed = tries.filter((each) => each.model === model);
      return (
        outcome === 'succeeded' && at === SPARE && failed.length <= most && failed.every((each) => each.code === code)
      );
    },
  };
}

function isLeftInPeace({ outcome, tries }: TriedJob, leastMs: number): boolean {
  const [first, second, ...others] = tries;
  if (outcome !== 'succeeded' || !first || !second || others.length > 0) return false;
  return first.code === 'rate_limited' && second.startedAt - first.finishedAt >= leastMs - TOLERANCE_MS;
}

/** Of what takes a second when nothing is wrong, and of which others wait for two. */
function isQuick({ outcome, tries: [first] }: TriedJob): boolean {
  return outcome === 'succeeded' && first !== undefined && first.code === null;
}

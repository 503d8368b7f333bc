import type { JobKindName } from '../client/job-kinds.js';
import type { Fault } from './fault.js';
import { admittedIds, readEnded, type EndedJob } from './look.js';

const CALLS = 5;

interface Expectation {
  readonly kind: JobKindName;
  readonly what: string;
  readonly holds: (job: EndedJob) => boolean;
}

const cost = ({ actualNano }: EndedJob): bigint => actualNano ?? -1n;

const EXPECTED: readonly Expectation[] = [
  {
    kind: 'unmetered',
    what: 'missing usage is not estimated and flagged',
    holds: (job) => job.estimated && cost(job) > 0n,
  },
  { kind: 'metered at zero', what: 'zero usage is not zero', holds: (job) => !job.estimated && cost(job) === 0n },
  { kind: 'metered below zero', what: 'negative usage costs less than nothing', holds: (job) => cost(job) >= 0n },
  { kind: 'metered in words', what: 'usage as text costs less than nothing', holds: (job) => cost(job) >= 0n },
];

/** The vendor reports its usage missing, at zero, below zero, as text. */
export const ODD_USAGE: Fault = {
  id: 'F16',
  variants: [
    {
      name: 'usage missing, zero, negative, a string',
      nominalMs: 1_000,
      async run({ stage, client, violate }) {
        const submitted = await Promise.all(
          EXPECTED.map(async (expectation) => {
            const jobs = await Promise.all(Array.from({ length: CALLS }, () => client.submit(expectation.kind)));
            return { ...expectation, ids: admittedIds(jobs) };
          }),
        );
        return async () => {
          for (const { ids, what, holds } of submitted) {
            const ended = (await readEnded(stage.database, ids)).filter(({ outcome }) => outcome === 'succeeded');
            const wrong = ended.filter((job) => !holds(job));
            if (wrong.length > 0)
              violate(
                what,
                wrong.map(({ id }) => id),
              );
          }
        };
      },
    },
  ],
};

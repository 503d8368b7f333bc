import { setTimeout as sleep } from 'node:timers/promises';
import type { CancelRequest } from '../client/client-log.js';
import type { JobKindName } from '../client/job-kinds.js';
import { KEYS } from '../stage/configuration.js';
import type { Fault, FaultContext } from './fault.js';
import { readEnded } from './look.js';

const SOCKET_LIMIT_MS = 500;
const JOBS = 4;

/** A moment in the life of a job at which it is canceled, and the answers that are right then. */
interface Moment {
  readonly name: string;
  readonly kind: JobKindName;
  readonly waitMs: readonly [number, number];
  readonly answers: readonly number[];
  /** The vendor is at work on it: its socket must be closed. */
  readonly inCall?: true;
}

const MOMENTS: readonly Moment[] = [
  { name: 'while queued', kind: 'canceled late', waitMs: [0, 1_000], answers: [200] },
  { name: 'at the claim', kind: 'slow', waitMs: [0, 30], answers: [200, 202] },
  { name: 'before the first byte', kind: 'slow', waitMs: [400, 900], answers: [200, 202], inCall: true },
  { name: 'after the end', kind: 'plain', waitMs: [0, 0], answers: [409] },
];

async function cancelAt({ client, violate, chance }: FaultContext, moment: Moment): Promise<CancelRequest | undefined> {
  const { jobId } = await client.submit(moment.kind);
  if (jobId === undefined) return undefined;
  if (moment.name === 'after the end') await client.read(jobId, 10);
  await sleep(chance.between(...moment.waitMs));
  const stranger = await client.cancel(jobId, KEYS.other);
  if (statusOf(stranger) !== 404) violate(`another tenant's cancel is answered ${statusOf(stranger)}`, [jobId]);
  const [first, second] = await Promise.all([client.cancel(jobId), client.cancel(jobId)]);
  const answers = [first, second].map(statusOf).toSorted();
  const right = moment.answers.includes(answers[0] ?? 0) && [...moment.answers, 409].includes(answers[1] ?? 0);
  if (!right) violate(`canceled twice ${moment.name}, the answers are ${answers.join(' and ')}`, [jobId]);
  const third = await client.cancel(jobId);
  if (statusOf(third) !== 409) violate(`canceled once more ${moment.name}, the answer is ${statusOf(third)}`, [jobId]);
  return moment.inCall ? first : undefined;
}

function statusOf({ outcome }: CancelRequest): number {
  return outcome.kind === 'answered' ? outcome.status : 0;
}

/** Cancels at every moment, twice, and by somebody else. */
export const CANCELS: Fault = {
  id: 'F17',
  variants: [
    {
      name: 'cancels while queued, at the claim, before the first byte, after the end, twice, by another tenant',
      nominalMs: 3_500,
      async run(context) {
        const rounds = Array.from({ length: JOBS }, () => MOMENTS).flat();
        const inCall = (await Promise.all(rounds.map((moment) => cancelAt(context, moment)))).filter(
          (cancel) => cancel !== undefined,
        );
        return async () => {
          await checkSockets(context, inCall);
          await checkOutcomes(context, inCall);
        };
      },
    },
  ],
};

async function checkSockets({ vendor, violate, note }: FaultContext, cancels: readonly CancelRequest[]): Promise<void> {
  await vendor.refresh();
  let longest = 0;
  for (const { jobId, sentAt } of cancels) {
    const calls = vendor.calls.filter(({ attempt }) => attempt?.startsWith(`${jobId}/`) === true);
    const closedAt = calls.at(-1)?.endedAt ?? Infinity;
    const took = closedAt - sentAt;
    if (calls.length > 0) longest = Math.max(longest, took);
    if (calls.length > 0 && took > SOCKET_LIMIT_MS) violate(`the vendor's socket was closed after ${took} ms`, [jobId]);
  }
  note(`sockets to the vendor closed within ${longest} ms`);
}

async function checkOutcomes({ stage, violate }: FaultContext, cancels: readonly CancelRequest[]): Promise<void> {
  const ids = cancels.map(({ jobId }) => jobId);
  const others = (await readEnded(stage.database, ids)).filter(({ outcome }) => outcome !== 'canceled');
  if (others.length > 0)
    violate(
      'canceled in mid-call and not canceled',
      others.map(({ id }) => id),
    );
}

import { claimJobs, newJobId, openAdmission, openSettler, registerWorker, writeResult } from '@switchyard/jobs';
import { processorTime } from './measure.mjs';

const CLIENTS = 32;
const PROVIDER = 'bench';
/** Wakes nobody: what is measured is the database. */
const SILENT_QUEUE = { addEntries: async () => undefined, publish: async () => undefined };
/** A plan of two, as most installations have. */
const TARGETS = [PROVIDER, 'spare'].map((provider) => {
  return {
    provider,
    model: 'bench',
    version: null,
    providerModel: 'bench',
    priceId: 1,
    reserveNano: '1000',
    params: {},
  };
});
const USAGE = { promptTokens: 30, completionTokens: 40, totalTokens: 70 };

/**
 * Admits jobs for some seconds, 32 at a time, then claims and settles all of them.
 * @param server The process of Postgres.
 */
export async function openLifeBench(database, server) {
  const admission = openAdmission(database, SILENT_QUEUE);
  const settler = openSettler(database, SILENT_QUEUE);
  const workerId = await registerWorker(database, 'bench');

  async function admitFor(seconds) {
    const end = performance.now() + seconds * 1_000;
    let admitted = 0;
    const client = async () => {
      for (; performance.now() < end; admitted += 1) await admission.admit(newJob());
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    return admitted;
  }

  async function settleAll() {
    let settled = 0;
    const client = async () => {
      for (;;) {
        const { jobs } = await claimJobs(database, { workerId, provider: PROVIDER, slots: 8, concurrency: 100_000 });
        if (jobs.length === 0) return;
        await Promise.all(jobs.map((job) => settler.settle(success(job))));
        settled += jobs.length;
      }
    };
    await Promise.all(Array.from({ length: 4 }, client));
    return settled;
  }

  async function rate(work) {
    const [start, used] = [performance.now(), processorTime(server)];
    const count = await work();
    const milliseconds = performance.now() - start;
    return {
      perSecond: Math.round((count / milliseconds) * 1_000),
      microseconds: Math.round(((processorTime(server) - used) / count) * 1_000),
    };
  }

  return {
    async run(seconds) {
      const admitted = await rate(() => admitFor(seconds));
      const settled = await rate(settleAll);
      return {
        admissionsPerSecond: admitted.perSecond,
        postgresMicrosecondsPerAdmission: admitted.microseconds,
        claimsAndSettlementsPerSecond: settled.perSecond,
        postgresMicrosecondsPerClaimAndSettlement: settled.microseconds,
      };
    },
  };
}

function newJob() {
  return {
    id: newJobId(),
    tenantId: 1,
    keyId: 1,
    type: 'generation',
    provider: PROVIDER,
    model: 'bench',
    modelVersion: null,
    priceId: 1,
    reserve: 1_000n,
    priority: 5,
    delayMs: 0,
    expiresMs: 86_400_000,
    timeoutMs: 600_000,
    retryOf: null,
    clientData: { metadata: {}, userId: null, task: null },
    plan: { targets: TARGETS, fallbackOn: 'any' },
    payload: JSON.stringify({
      version: 1,
      type: 'generation',
      request: { prompt: 'x'.repeat(200) },
      submission: {},
    }),
  };
}

function success(job) {
  const result = writeResult({
    content: 'an answer',
    model: 'bench',
    usage: USAGE,
    finishReason: 'stop',
    metadata: {},
  });
  return {
    job,
    state: 'succeeded',
    call: 'answered',
    cost: 700n,
    estimated: false,
    usage: USAGE,
    then: { outcome: 'succeeded', result },
  };
}

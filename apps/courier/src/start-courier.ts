import { appPort, type AppProcess, type Running } from '@switchyard/config';
import {
  dropExpiredFiles,
  forgetControlTasks,
  forgetKeys,
  makePartitions,
  openProviderDesk,
  openReconciler,
  readCircuits,
  readQueueAges,
} from '@switchyard/jobs';
import { closeHttpApp, createHttpApp, Draining, listen, OperationsModule } from '@switchyard/telemetry';
import { checkModels } from './check-models.js';
import { Clockwork } from './clockwork.js';
import { keepLedger } from './keep-ledger.js';

const RECONCILE_EVERY_MS = 3_000;
const OVERDUE_EVERY_MS = 1_000;
const LEAVE_EVERY_MS = 1_000;
const PARTITIONS_EVERY_MS = 60 * 60_000;
const FORGET_EVERY_MS = 60_000;
const FILES_EVERY_MS = 10_000;

/** Starts the courier: what must happen by the clock, safe with any number of couriers at once. */
export async function startCourier(app: AppProcess): Promise<Running> {
  const { database, environment, logger, metrics, queue } = app;
  const http = await createHttpApp(
    OperationsModule.forRoot({ readiness: [{ name: 'database', check: () => database.ping() }], metrics, logger }),
    { logger },
  );
  const port = appPort(environment, 'courier');
  await listen(http, { host: environment.host, port });

  const reconciler = openReconciler(database, queue);
  const recovered = metrics.counter({
    name: 'switchyard_recovered_jobs_total',
    help: 'Jobs taken back from workers whose lease had run out.',
  });
  const reenqueued = metrics.counter({
    name: 'switchyard_reenqueued_entries_total',
    help: 'Queue entries that were lost and put back.',
  });
  const waiting = metrics.gauge({
    name: 'switchyard_queue_jobs',
    help: 'Jobs that could be claimed now.',
    labels: ['provider'],
  });
  metrics.gauge(
    {
      name: 'switchyard_queue_age_seconds',
      help: 'How long the oldest job that could be claimed has been ready.',
      labels: ['provider'],
    },
    async (age) => {
      for (const each of await readQueueAges(database)) {
        age.set({ provider: each.provider }, each.ageSeconds);
        waiting.set({ provider: each.provider }, each.waiting);
      }
    },
  );
  metrics.gauge(
    {
      name: 'switchyard_circuit_open',
      help: '1 while the circuit breaker of a model keeps jobs off.',
      labels: ['provider', 'model'],
    },
    async (open) => {
      for (const { provider, model } of await readCircuits(database)) open.set({ provider, model }, 1);
    },
  );
  const clockwork = new Clockwork(logger);
  clockwork.every(OVERDUE_EVERY_MS, 'end overdue jobs', async () => void (await reconciler.endOverdue()));
  clockwork.every(LEAVE_EVERY_MS, 'leave shut targets', async () => void (await reconciler.leaveShutTargets()));
  clockwork.every(RECONCILE_EVERY_MS, 'reconcile', async () => {
    const done = await reconciler.reconcile();
    recovered.add({}, done.recovered);
    reenqueued.add({}, done.reenqueued);
    if (done.recovered + done.reenqueued > 0) logger.info({ ...done }, 'put back what was lost');
  });
  clockwork.every(PARTITIONS_EVERY_MS, 'make partitions', () => makePartitions(database));
  clockwork.every(FORGET_EVERY_MS, 'forget idempotency keys', async () => void (await forgetKeys(database)));
  clockwork.every(FORGET_EVERY_MS, 'forget questions', async () => void (await forgetControlTasks(database)));
  clockwork.every(FILES_EVERY_MS, 'drop files', async () => void (await dropExpiredFiles(database)));
  keepLedger(app, clockwork);
  const desk = await openProviderDesk(database, queue);
  const leaving = new AbortController();
  checkModels(app, desk, clockwork, leaving.signal);
  logger.info({ port }, 'reconciling');

  return {
    async stop() {
      http.get(Draining).begin();
      leaving.abort();
      await clockwork.stop();
      desk.close();
      await closeHttpApp(http, 500);
    },
  };
}

/** The fence, the lease, the unique keys, and the one terminal state. */
const TABLES = 'prisma/migrations/20261121000000_tables/migration.sql';
const BUDGETS = 'prisma/migrations/20261121000050_budgets/migration.sql';
const LIFE = 'prisma/migrations/20261121000100_life_of_a_job/migration.sql';
const SETTLE_FENCE = 'WHERE l.job_id = s.job_id AND l.epoch = s.epoch AND l.worker_id = s.worker_id FOR UPDATE;';
const OVERDUE_AGAIN = `WHERE l.job_id = ANY (due) AND l.worker_id IS NULL
                 AND (l.deadline_at <= moment OR l.started_at IS NULL AND l.expires_at <= moment)`;
const specs = (name) => `libs/jobs/src/${name}.spec.ts`;

/** @type {readonly import('./table.mjs').Mutation[]} */
export const LIFE_MUTATIONS = [
  {
    name: 'fence: a settlement names no epoch',
    edits: [[LIFE, SETTLE_FENCE, 'WHERE l.job_id = s.job_id AND l.worker_id = s.worker_id FOR UPDATE;']],
    spec: specs('settle-attempts'),
  },
  {
    name: 'fence: a settlement names no worker',
    edits: [[LIFE, SETTLE_FENCE, 'WHERE l.job_id = s.job_id AND l.epoch = s.epoch FOR UPDATE;']],
    spec: specs('settle-attempts'),
  },
  {
    name: 'fence: a claim does not raise the epoch',
    edits: [[LIFE, 'epoch = l.epoch + 1,', 'epoch = greatest(l.epoch, 1),']],
    spec: specs('settle-attempts'),
  },
  {
    name: 'fence: a large result is stored under any epoch',
    edits: [[LIFE, 'WHERE job_id = wanted AND worker_id = of_worker AND epoch = of_epoch;', 'WHERE job_id = wanted;']],
    spec: specs('settle-attempts'),
  },
  {
    name: 'fence: the settlement of a process names the epoch that it likes',
    edits: [['libs/jobs/src/settle-attempts.ts', '    epoch: job.epoch,', '    epoch: 1,']],
    spec: specs('transitions'),
  },
  {
    name: 'recovery: takes back what living workers hold',
    edits: [
      [
        LIFE,
        'WHERE stopped_at IS NULL AND lease_until < clock_timestamp() ORDER BY id',
        'WHERE stopped_at IS NULL ORDER BY id',
      ],
    ],
    spec: specs('reconcile'),
  },
  {
    name: 'recovery: leaves the lost worker its lease',
    edits: [[LIFE, 'UPDATE workers SET stopped_at = clock_timestamp() WHERE id = ANY (lost);', '']],
    spec: specs('transitions'),
  },
  {
    name: 'recovery: leaves the job to the lost worker',
    edits: [[LIFE, 'SET worker_id = NULL, parked = park_ms > 0,', 'SET parked = park_ms > 0,']],
    spec: specs('reconcile'),
  },
  {
    name: 'recovery: forgets the call that was open',
    edits: [
      [
        LIFE,
        `s.error := crash_error;
    live.actual_nano := live.actual_nano + close_attempt(live, s);`,
        's.error := crash_error;',
      ],
    ],
    spec: specs('transitions'),
  },
  {
    name: 'lease: a lost one may be extended',
    edits: [[LIFE, 'WHERE id = beating_worker AND stopped_at IS NULL;', 'WHERE id = beating_worker;']],
    spec: specs('lease'),
  },
  {
    name: 'unique: an idempotency key is taken over by whoever comes',
    edits: [
      [LIFE, 'WHERE k.created_at <= moment - idempotency_lifetime() OR k.job_id = excluded.job_id', 'WHERE true'],
    ],
    spec: specs('idempotency'),
  },
  {
    name: 'unique: an idempotency key has a row for each job',
    edits: [
      [LIFE, 'ON CONFLICT (tenant_id, route, key) DO UPDATE', 'ON CONFLICT (tenant_id, route, key, job_id) DO UPDATE'],
      [TABLES, 'PRIMARY KEY (tenant_id, route, key)', 'PRIMARY KEY (tenant_id, route, key, job_id)'],
    ],
    spec: specs('idempotency'),
  },
  {
    name: 'unique: an idempotency key answers for any body',
    edits: [[LIFE, "WHEN k.digest = decode(a.digest, 'hex') THEN 'replayed'", "WHEN true THEN 'replayed'"]],
    spec: specs('idempotency'),
  },
  {
    name: 'unique: a refused job keeps its idempotency key',
    edits: [[LIFE, 'IF has_keys THEN PERFORM give_keys_back(going, let_in); END IF;', '']],
    spec: specs('idempotency'),
  },
  {
    name: 'unique: two attempts of a job may have one number',
    edits: [[TABLES, 'PRIMARY KEY (job_id, number)', 'PRIMARY KEY (job_id, number, epoch)']],
    spec: specs('unique-keys'),
  },
  {
    name: 'unique: a job may be live twice',
    edits: [
      [TABLES, 'CREATE TABLE live_jobs (\n  job_id uuid PRIMARY KEY,', 'CREATE TABLE live_jobs (\n  job_id uuid,'],
    ],
    spec: specs('unique-keys'),
  },
  {
    name: 'unique: an epoch may have two results',
    edits: [[TABLES, 'PRIMARY KEY (day, job_id, epoch)', 'PRIMARY KEY (day, job_id, epoch, body)']],
    spec: specs('unique-keys'),
  },
  {
    name: 'unique: a budget may have two windows of one day',
    edits: [
      [BUDGETS, 'UNIQUE (budget_id, period, starts_at)\n', 'UNIQUE (budget_id, period, starts_at, id)\n'],
      [BUDGETS, 'ON CONFLICT (budget_id, period, starts_at) DO NOTHING;', 'ON CONFLICT DO NOTHING;'],
    ],
    spec: specs('unique-keys'),
  },
  {
    name: 'terminal: a cancel ends what is running',
    edits: [[LIFE, 'ELSIF live.worker_id IS NULL THEN\n    PERFORM end_job', 'ELSIF true THEN\n    PERFORM end_job']],
    spec: specs('transitions'),
  },
  {
    name: 'terminal: time ends what has been claimed meanwhile',
    edits: [[LIFE, OVERDUE_AGAIN, 'WHERE l.job_id = ANY (due)']],
    spec: specs('interleavings'),
  },
  {
    name: 'terminal: an end releases an attempt that was paid for',
    edits: [
      [LIFE, "AND number = live.attempt AND state = 'reserved' RETURNING", 'AND number = live.attempt RETURNING'],
    ],
    spec: specs('transitions'),
  },
  {
    name: 'terminal: a settlement overrides the wish to cancel',
    edits: [[LIFE, 'IF s.outcome IS NULL AND live.cancel_requested_at IS NOT NULL THEN', 'IF false THEN']],
    spec: specs('transitions'),
  },
  {
    name: 'admission: a try after a lost answer is another job',
    edits: [
      [
        'libs/jobs/src/admit-jobs.ts',
        'const verdict = await submitUntilJudged(() => group.submit(rowOf(job), signal));',
        `let id = job.id;
      const verdict = await submitUntilJudged(() => {
        const row = rowOf({ ...job, id });
        id = newJobId();
        return group.submit(row, signal);
      });`,
      ],
    ],
    spec: specs('admit-jobs'),
  },
];

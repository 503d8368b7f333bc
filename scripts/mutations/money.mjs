/** The conditional update of a budget's windows, the postings of an attempt, and what is added up later. */
const BUDGETS = 'prisma/migrations/20261121000050_budgets/migration.sql';
const LIFE = 'prisma/migrations/20261121000100_life_of_a_job/migration.sql';
const USAGE = 'prisma/migrations/20261121000400_usage/migration.sql';
const ROOM_CHECK =
  "CONTINUE WHEN held[slot].rule = 'warn' OR held[slot].limit_nano IS NULL OR request.amount_nano <= free_nano[slot];";
const specs = (name) => `libs/jobs/src/${name}.spec.ts`;

/** @type {readonly import('./table.mjs').Mutation[]} */
export const MONEY_MUTATIONS = [
  {
    name: 'condition: a budget has room for what it holds already',
    edits: [[BUDGETS, ROOM_CHECK, ROOM_CHECK.replace('free_nano[slot]', 'held[slot].limit_nano')]],
    spec: specs('budgets'),
  },
  {
    name: 'condition: one of several budgets decides',
    edits: [[BUDGETS, ROOM_CHECK, ROOM_CHECK.replace('CONTINUE WHEN', 'EXIT WHEN')]],
    spec: specs('budgets'),
  },
  {
    name: 'condition: a group does not see what it took itself',
    edits: [[BUDGETS, 'free_nano[slot] := free_nano[slot] - request.amount_nano;', '']],
    spec: specs('budgets'),
  },
  {
    name: "condition: a budget's windows are not locked",
    edits: [
      [
        BUDGETS,
        'WHERE w.id = ANY (wanted) ORDER BY w.id FOR NO KEY UPDATE;',
        'WHERE w.id = ANY (wanted) ORDER BY w.id;',
      ],
    ],
    spec: specs('budgets'),
  },
  {
    name: 'condition: an alert is told with every request',
    edits: [[BUDGETS, 'alerted_at = coalesce(w.alerted_at, CASE', 'alerted_at = coalesce(NULL, CASE']],
    spec: specs('budgets'),
  },
  {
    name: 'ledger: what was reserved and not used is not released',
    edits: [[LIFE, "('release', closed.reserved_nano - closed.cost_nano)", "('release', 0::bigint)"]],
    spec: specs('transitions'),
  },
  {
    name: 'ledger: what passes a reservation is not booked',
    edits: [
      [
        LIFE,
        "('overrun'::ledger_kind, closed.cost_nano - closed.reserved_nano)",
        "('overrun'::ledger_kind, 0::bigint)",
      ],
    ],
    spec: specs('transitions'),
  },
  {
    name: 'ledger: a second attempt reserves without an entry',
    edits: [
      [
        LIFE,
        "SELECT moment, 'reserve', l.reserve_nano, l.job_id, l.attempt,",
        "SELECT moment, 'reserve', 0, l.job_id, l.attempt,",
      ],
    ],
    spec: specs('transitions'),
  },
  {
    name: 'deferred: a settlement leaves its reservation on the budget',
    edits: [[BUDGETS, 'SELECT w, spent, -reserved,', 'SELECT w, spent, 0,']],
    spec: specs('budgets'),
  },
  {
    name: 'deferred: an appended delta is folded and kept',
    edits: [
      [
        BUDGETS,
        `DELETE FROM budget_deltas d WHERE d.window_id = ANY (wanted)
    RETURNING d.window_id, d.spent_nano, d.reserved_nano, d.overrun_nano`,
        `SELECT d.window_id, d.spent_nano, d.reserved_nano, d.overrun_nano
      FROM budget_deltas d WHERE d.window_id = ANY (wanted)`,
      ],
    ],
    spec: specs('budgets'),
  },
  {
    name: 'deferred: a job that was in already reserves again',
    edits: [[LIFE, 'SELECT held.window_id, 0, -w.reserve_nano, 0', 'SELECT held.window_id, 0, 0, 0']],
    spec: specs('budgets'),
  },
  {
    name: 'deferred: the usage of a settlement is folded twice',
    edits: [
      [
        USAGE,
        'DELETE FROM usage_deltas WHERE ctid = ANY (ARRAY(SELECT ctid FROM usage_deltas LIMIT at_most)) RETURNING *',
        'SELECT * FROM usage_deltas LIMIT at_most',
      ],
    ],
    spec: 'libs/budget/src/usage/usage.spec.ts',
  },
];

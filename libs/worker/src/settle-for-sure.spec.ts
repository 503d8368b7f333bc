import { jobIdFromUuid, nanoUsd } from '@switchyard/contract';
import { createLogger } from '@switchyard/telemetry';
import type { Settlement, Settler, SettleVerdict } from '@switchyard/jobs';
import { jest } from '@jest/globals';
import { CanceledByClient, EpochLost } from './abort-reasons.js';
import { settleForSure } from './settle-for-sure.js';

const SETTLEMENT: Settlement = {
  job: { id: jobIdFromUuid('0193a5b2-c4d8-7f3e-9a1b-2c3d4e5f6071'), workerId: 1, epoch: 1 },
  state: 'succeeded',
  call: 'answered',
  cost: nanoUsd(7n),
  estimated: false,
  then: { outcome: 'canceled' },
};
const AWAY = Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
const REFUSED = new Error('integer out of range');

/** What the database does at each try, the last again and again. */
type Answer = SettleVerdict | Error | 'nothing';

function settlerOf(...answers: readonly Answer[]): { settler: Settler; sent: Settlement[] } {
  const sent: Settlement[] = [];
  const settle: Settler['settle'] = async (settlement) => {
    const answer = answers[Math.min(sent.push(settlement), answers.length) - 1];
    if (answer instanceof Error) throw answer;
    if (answer === undefined || answer === 'nothing') return await new Promise(() => undefined);
    return answer;
  };
  return { settler: { settle, drain: async () => undefined }, sent };
}

describe('settleForSure', () => {
  let abort: AbortController;
  let hurry: AbortController;
  beforeEach(() => {
    // No time passes but what a test lets pass.
    jest.useFakeTimers();
    abort = new AbortController();
    hurry = new AbortController();
  });
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  function settle(settler: Settler): Promise<SettleVerdict> {
    const logger = createLogger({ name: 'worker', level: 'silent' });
    return settleForSure(settler, SETTLEMENT, { abort: abort.signal, hurried: hurry.signal, logger });
  }

  it('goes on until the database takes it', async () => {
    const { settler, sent } = settlerOf(...Array.from({ length: 20 }, () => AWAY), 'ended');
    const settling = settle(settler);
    await jest.runAllTimersAsync();
    expect(await settling).toBe('ended');
    expect(sent).toHaveLength(21);
    expect(new Set(sent)).toEqual(new Set([SETTLEMENT]));
  });

  it('says that the job failed where the database refuses its result', async () => {
    const { settler, sent } = settlerOf(REFUSED, REFUSED, REFUSED, 'ended');
    const settling = settle(settler);
    await jest.runAllTimersAsync();
    expect(await settling).toBe('ended');
    expect(sent.at(-1)).toMatchObject({ state: 'failed', cost: null, error: { code: 'unstorable_result' } });
  });

  it('ends its sleep at once and tries again when the process goes down', async () => {
    const { settler, sent } = settlerOf(AWAY, 'ended');
    const settling = settle(settler);
    await jest.advanceTimersByTimeAsync(0);
    expect(sent).toHaveLength(1);
    hurry.abort();
    expect(await settling).toBe('ended');
  });

  it('tries for a bounded time once the process goes down, from the first try on', async () => {
    hurry.abort();
    const { settler, sent } = settlerOf(AWAY);
    const settling = settle(settler);
    await jest.advanceTimersByTimeAsync(1_900);
    expect(sent.length).toBeGreaterThan(3);
    await jest.advanceTimersByTimeAsync(200);
    expect(await settling).toBe('stale');
  });

  it('waits no longer than that for an answer that does not come', async () => {
    const { settler, sent } = settlerOf('nothing');
    const settling = settle(settler);
    hurry.abort();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await settling).toBe('stale');
    expect(sent).toHaveLength(1);
  });

  it('ends its sleep and itself when the epoch is lost', async () => {
    const { settler, sent } = settlerOf(AWAY);
    const settling = settle(settler);
    await jest.advanceTimersByTimeAsync(0);
    abort.abort(new EpochLost());
    expect(await settling).toBe('stale');
    expect(sent).toHaveLength(1);
  });

  it('does not race through its tries for a job that was canceled before', async () => {
    abort.abort(new CanceledByClient());
    const { settler, sent } = settlerOf(AWAY, AWAY, 'ended');
    const settling = settle(settler);
    await jest.advanceTimersByTimeAsync(0);
    expect(sent).toHaveLength(1);
    await jest.runAllTimersAsync();
    expect(await settling).toBe('ended');
  });
});

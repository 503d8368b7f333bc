import type { RoutingCondition } from '@switchyard/contract';
import { compileCondition } from './compile-condition.js';
import type { Facts } from './facts.js';

const FACTS: Facts = {
  tenant: 'acme',
  userId: 'u1',
  metadata: { tier: 'gold' },
  // A Monday.
  now: new Date('2026-11-30T22:30:00Z'),
  tokens: 100,
  task: { type: 'refactoring', complexity: 0.5 },
};

const holds = (condition: RoutingCondition | undefined, facts: Partial<Facts> = {}): boolean =>
  compileCondition(condition)({ ...FACTS, ...facts });

describe('a condition', () => {
  it.each<[RoutingCondition | undefined, boolean]>([
    [undefined, true],
    [{}, true],
    [{ complexity: { gt: 0.5 } }, false],
    [{ complexity: { gte: 0.5 } }, true],
    [{ complexity: { lt: 0.5 } }, false],
    [{ complexity: { lte: 0.5, gt: 0.4 } }, true],
    [{ complexity: 0.5 }, true],
    [{ complexity: { ne: 0.5 } }, false],
    [{ tokens: { eq: 100 } }, true],
    [{ tokens: { gt: 100 } }, false],
    [{ tenant: 'acme' }, true],
    [{ tenant: { in: ['globex', 'acme'] } }, true],
    [{ tenant: { notIn: ['acme'] } }, false],
    [{ userId: { ne: 'u1' } }, false],
    [{ userId: 'u1', tenant: 'globex' }, false],
    [{ metadata: { tier: 'gold' } }, true],
    [{ 'metadata.tier': { eq: 'silver' } }, false],
    [{ 'metadata.tier': 'gold', metadata: { region: { ne: 'eu' } } }, true],
    [{ 'metadata.toString': { notIn: ['x'] } }, true],
    [{ taskType: 'refactoring' }, true],
    [{ taskType: 'code' }, true],
    [{ taskType: { in: ['planning', 'code'] } }, true],
    [{ taskType: { ne: 'code' } }, false],
    [{ taskType: { notIn: ['code'] } }, false],
    [{ taskType: { eq: 'code', notIn: ['refactoring'] } }, false],
    [{ all: [{ tenant: 'acme' }, { tokens: { lt: 5 } }] }, false],
    [{ any: [{ tenant: 'globex' }, { tokens: 100 }] }, true],
    [{ not: { any: [{ tenant: 'globex' }, { tokens: 100 }] } }, false],
  ])('%j holds: %s', (condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  it.each<[RoutingCondition, boolean]>([
    [{ userId: 'u1' }, false],
    [{ userId: { in: ['u1'] } }, false],
    [{ userId: { ne: 'u1' } }, true],
    [{ userId: { notIn: ['u1'] } }, true],
    [{ 'metadata.tier': { ne: 'gold' } }, true],
    [{ 'metadata.tier': 'gold' }, false],
    [{ complexity: { lt: 2 } }, false],
    [{ taskType: { ne: 'planning' } }, false],
    [{ not: { taskType: 'planning' } }, true],
  ])('%j of a request that says nothing holds: %s', (condition, expected) => {
    expect(holds(condition, { userId: null, metadata: {}, task: undefined })).toBe(expected);
  });

  it.each<[string, RoutingCondition['time'], boolean]>([
    ['2026-11-30T21:59:59Z', { from: '22:00', to: '06:00' }, false],
    ['2026-11-30T22:00:00Z', { from: '22:00', to: '06:00' }, true],
    ['2026-12-01T05:59:00Z', { from: '22:00', to: '06:00' }, true],
    ['2026-12-01T06:00:00Z', { from: '22:00', to: '06:00' }, false],
    ['2026-12-01T05:00:00Z', { from: '22:00', to: '06:00', days: ['mon'] }, true],
    ['2026-11-30T05:00:00Z', { from: '22:00', to: '06:00', days: ['mon'] }, false],
    ['2026-12-06T23:00:00Z', { days: ['sun'] }, true],
    ['2026-12-06T23:00:00Z', { days: ['sun'], timeZone: 'Europe/Berlin' }, false],
    ['2026-12-06T23:00:00Z', { to: '00:30', timeZone: 'Europe/Berlin' }, true],
    ['2026-12-06T12:00:00Z', { from: '12:00' }, true],
    ['2026-12-06T12:00:00Z', { from: '12:01' }, false],
  ])('at %s of %j holds: %s', (moment, time = {}, expected) => {
    expect(holds({ time }, { now: new Date(moment) })).toBe(expected);
  });

  it('asks for nothing that takes time where less decides already', () => {
    const asked: string[] = [];
    const facts: Facts = {
      ...FACTS,
      get tokens() {
        asked.push('tokens');
        return 1;
      },
      get task() {
        asked.push('task');
        return undefined;
      },
    };
    compileCondition({ taskType: 'planning', tokens: { gt: 0 }, tenant: 'globex' })(facts);
    compileCondition({ any: [{ complexity: 1 }, { userId: 'u1' }] })(facts);
    expect(asked).toEqual([]);
    compileCondition({ all: [{ taskType: 'planning' }, { tokens: { gt: 5 } }] })(facts);
    expect(asked).toEqual(['tokens']);
  });
});

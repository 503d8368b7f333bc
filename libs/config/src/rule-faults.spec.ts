import { ConfigurationError } from './faults/configuration-error.js';
import { parseConfiguration } from './parse-configuration.js';

const BASE = `
providers: { simulator: {} }
models:
  - { id: m, provider: simulator, capabilities: [generation], contextWindow: 9, price: free }
  - { id: n, provider: simulator, capabilities: [generation], contextWindow: 9, price: free }
aliases: { also: m }
tenants: { acme: {} }
`;

function faultsOf(text: string): readonly string[] {
  try {
    parseConfiguration([{ file: 'test.yaml', text: BASE + text }], {});
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const rule = (when: string): string => `routingRules: [ { name: r, when: ${when}, model: m } ]`;
const AT = 'routingRules[0].when';

describe('a rule that no request can meet is refused', () => {
  it.each([
    ['{ complexity: { gt: 0.8, lt: 0.5 } }', `${AT}.complexity.lt: contradicts ${AT}.complexity.gt`],
    ['{ complexity: { gt: 0.5, lte: 0.5 } }', `${AT}.complexity.lte: contradicts ${AT}.complexity.gt`],
    ['{ complexity: { gt: 1 } }', `${AT}.complexity.gt: is never met: the field is from 0 to 1`],
    ['{ complexity: 1.5 }', `${AT}.complexity: is never met`],
    ['{ complexity: { eq: 0.5, ne: 0.5 } }', `${AT}.complexity.ne: contradicts ${AT}.complexity.eq`],
    ['{ complexity: { eq: 0.9, lt: 0.9 } }', `${AT}.complexity.eq: contradicts ${AT}.complexity.lt`],
    ['{ tokens: { lt: 0 } }', `${AT}.tokens.lt: is never met: the field is 0 or more`],
    ['{ tokens: { gte: 5 }, all: [ { tokens: { lt: 5 } } ] }', `${AT}.all[0].tokens.lt: contradicts ${AT}.tokens.gte`],
    ['{ not: { tokens: { gt: 5, lt: 5 } } }', `${AT}.not.tokens.lt: contradicts ${AT}.not.tokens.gt`],
    ['{ any: [ {}, { tokens: { gt: 5, lt: 5 } } ] }', `${AT}.any[1].tokens.lt: contradicts ${AT}.any[1].tokens.gt`],
    ['{ tenant: acme, all: [ { tenant: default } ] }', `${AT}.all[0].tenant: contradicts ${AT}.tenant`],
    ['{ userId: { in: [ a, b ], notIn: [ a, b ] } }', `${AT}.userId.notIn[1]: contradicts ${AT}.userId.in`],
    ['{ userId: { eq: a, in: [ b ] } }', `${AT}.userId.in: contradicts ${AT}.userId.eq`],
    ['{ taskType: { eq: code, in: [ planning ] } }', `${AT}.taskType.in: contradicts ${AT}.taskType.eq`],
    ['{ metadata.a: x, metadata: { a: y } }', `contradicts ${AT}`],
    ['{ time: { from: "10:00", to: "10:00" } }', `${AT}.time.to: is when it begins`],
    ['{ taskType: planing }', `${AT}.taskType: no task type is named "planing"; did you mean planning?`],
    ['{ complexity: { in: [ 1 ] } }', `${AT}.complexity.in: unknown field`],
    ['{ tenant: { in: [] } }', `${AT}.tenant.in: must have an entry`],
    ['{ any: [] }', `${AT}.any: must have an entry`],
    ['{ tenent: acme }', `${AT}.tenent: unknown field; did you mean tenant?`],
  ])('%s', (when, fault) => {
    expect(faultsOf(rule(when))).toEqual([expect.stringContaining(fault)]);
  });

  it.each([
    '{ complexity: { gt: 0.5, lt: 0.8, ne: 0.6 } }',
    '{ any: [ { tokens: { gt: 5 } }, { tokens: { lt: 5 } } ] }',
    '{ taskType: { in: [ code, planning ], ne: testing } }',
    '{ taskType: invoices, userId: { ne: a } }',
    '{ metadata.a: x, metadata.b: y, time: { from: "22:00", to: "06:00" } }',
  ])('but not %s', (when) => {
    expect(faultsOf(rule(when))).toEqual([]);
  });

  it('all at once', () => {
    const faults = faultsOf(
      rule('{ complexity: { gt: 0.8, lt: 0.5 }, tokens: { lt: 0 }, tenant: nobody, userId: { in: [] } }'),
    );
    expect(faults).toHaveLength(4);
  });
});

describe('a rule after one that always holds is refused', () => {
  const two = (when: string): string =>
    `routingRules: [ { name: first${when}, model: m }, { name: second, when: { tenant: acme }, model: also } ]`;

  it.each([
    '',
    ', when: {}',
    ', when: { complexity: { gte: 0, lte: 1 } }',
    ', when: { tokens: { gte: 0 } }',
    ', when: { all: [ {}, { tokens: { gte: 0 } } ] }',
    ', when: { any: [ { tenant: acme }, {} ] }',
    ', when: { time: { timeZone: UTC } }',
  ])('the first of them with%s', (when) => {
    expect(faultsOf(two(when))).toEqual([
      expect.stringMatching(/^routingRules\[1\]: comes after first, which always holds, so it is never tried/),
    ]);
  });

  it.each([', when: { tokens: { gt: 0 } }', ', when: { complexity: 0 }', ', when: { not: { tenant: acme } }'])(
    'and not after one with%s',
    (when) => {
      expect(faultsOf(two(when))).toEqual([]);
    },
  );
});

describe('a load balancer is refused', () => {
  it.each([
    ['[ { model: m, weight: 0 } ]', 'loadBalancers.l.models[0].weight: must be more than 0'],
    ['[ { model: m, weight: -1 } ]', 'loadBalancers.l.models[0].weight: must be more than 0'],
    ['[ m, n, also ]', 'loadBalancers.l.models[2]: is the same model as loadBalancers.l.models[0]'],
    ['[]', 'loadBalancers.l.models: must have an entry'],
    ['[ x ]', 'loadBalancers.l.models[0]: no model or alias is named "x"'],
  ])('with %s', (models, fault) => {
    expect(faultsOf(`loadBalancers: { l: { models: ${models} } }`)).toEqual([expect.stringContaining(fault)]);
  });
});

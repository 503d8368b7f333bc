import { FaultList } from '../faults/fault-list.js';
import { ConfigurationError } from '../faults/configuration-error.js';
import { readYaml } from './read-yaml.js';
import { substitute } from './substitute.js';
import { isTreeMap, SubstitutedText } from './tree.js';

/** What `a` of a text becomes. */
function read(text: string, env: NodeJS.ProcessEnv = {}): unknown {
  const faults = new FaultList();
  const tree = substitute(readYaml('test.yaml', text, faults) ?? null, env, faults);
  faults.throwIfAny();
  const value = isTreeMap(tree) ? tree.get('a') : undefined;
  return value instanceof SubstitutedText ? value.text : value;
}

function faultsOf(text: string, env: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    read(text, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
}

describe('substitute', () => {
  it.each([
    ['alone', 'a: ${X}', 'one'],
    ['quoted', 'a: "${X}"', 'one'],
    ['inside text', 'a: https://${X}.example/${Y}', 'https://one.example/two'],
    ['in a flow map', 'a: ${X}\nb: { c: ${X}, d: [ ${Y}, ${X} ] }', 'one'],
    ['with a default that is not needed', 'a: ${X:-nine}', 'one'],
    ['with a default for a name that is not set', 'a: ${NONE:-nine}', 'nine'],
    ['with a default for a name that is empty', 'a: ${EMPTY:-nine}', 'nine'],
    ['with a default that flow syntax would break', 'a: ${NONE:-a, b: c]}', 'a, b: c]'],
    ['with a default that quotes escape', 'a: "${NONE:-say \\"hi\\"}"', 'say "hi"'],
    ['with an empty default', 'a: x${NONE:-}y', 'xy'],
    ['escaped', 'a: $${X} and $${', '${X} and ${'],
    ['beside other dollars', 'a: $5 {{x}} $X', '$5 {{x}} $X'],
  ])('takes a reference %s', (_, text, expected) => {
    expect(read(text, { X: 'one', Y: 'two', EMPTY: '' })).toBe(expected);
  });

  it('reads references in flow lists and maps each at its place', () => {
    const tree = read('a: [ ${X}, { b: ${Y} }, "${X}${Y}" ]', { X: 'one', Y: 'two' });
    expect(tree).toEqual([new SubstitutedText('one'), new Map([['b', new SubstitutedText('two')]]), 'onetwo']);
  });

  it.each(['}\nevil: true', '${Y}', '[1, 2]', '{a: 1}', '"', '# no', '&anchor', 'true'])(
    'never lets the value %p change the structure',
    (value) => {
      expect(read('a: ${X}', { X: value, Y: 'two' })).toBe(value);
      expect(read('a: x ${X}', { X: value, Y: 'two' })).toBe(`x ${value}`);
    },
  );

  it('names every reference that is not set, each at its place', () => {
    expect(faultsOf('a: ${ONE}\nb: { c: [ "${TWO} ${THREE}" ] }')).toEqual([
      'a: the environment variable ONE is not set; set it, or give a default: ${ONE:-…}',
      'b.c[0]: the environment variable TWO is not set; set it, or give a default: ${TWO:-…}',
      'b.c[0]: the environment variable THREE is not set; set it, or give a default: ${THREE:-…}',
    ]);
  });

  it('refuses what only looks like a reference', () => {
    expect(faultsOf('a: "${my-name}"')).toEqual([
      'a: ${ begins no reference; write ${NAME} or ${NAME:-default}, or $${ for the characters themselves',
    ]);
  });

  it('keeps lines and columns right behind references', () => {
    expect(faultsOf('a: { b: ${A_LONG_NAME:-and a default}, c: d: e }')).toEqual([
      expect.stringMatching(/^test\.yaml:1:4\d: /),
    ]);
  });
});

describe('readYaml', () => {
  it('follows anchors, aliases and merge keys, what stands beside a merge key first', () => {
    expect(read('x: &x { p: b, q: c }\na: { <<: *x, q: d }')).toEqual(
      new Map([
        ['p', 'b'],
        ['q', 'd'],
      ]),
    );
  });

  it.each([
    ['an open quote', 'a: "canary', /^test\.yaml:1:\d+: /],
    ['a broken indentation', 'a:\n  b: c\n d: canary', /^test\.yaml:3:\d+: /],
    ['a tab', 'a:\n\tb: canary', /^test\.yaml:2:\d+: /],
    ['text after a quote', 'a: "b" canary', /^test\.yaml:1:8: /],
    ['an unknown tag', 'a: !canary b', /^test\.yaml:1:4: /],
    ['two documents', 'a: b\n---\na: canary', /^test\.yaml:2:\d+: /],
    ['an alias without an anchor', 'a: *canary', /^test\.yaml:1:4: /],
    ['an anchor that contains itself', 'a: &canary [ *canary ]', /^test\.yaml:1:14: /],
    ['a map as a key', '? { a: canary }\n: b', /^test\.yaml:1:3: /],
    ['a key given twice', 'a: { b: 1,\n b: canary }', /^a\.b: is given twice, on lines 1 and 2 of test\.yaml/],
  ])('says where %s is, and not what stands there', (_, text, expected) => {
    const faults = faultsOf(text);
    expect(faults[0]).toMatch(expected);
    expect(faults.join()).not.toContain('canary');
  });
});

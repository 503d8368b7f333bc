import { channelOf, compilePattern, isPattern, isTopic } from './topic.js';

function matches(pattern: string, topic: string): boolean {
  return compilePattern(pattern)?.(topic) ?? pattern === topic;
}

describe('topics', () => {
  it.each(['a', 'job.job_0198.finished', 'api-7f3a.x', 'a:b%20.c_d'])('takes %s', (topic) => {
    expect(isTopic(topic)).toBe(true);
    expect(isPattern(topic)).toBe(true);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a.*', 'a.>', 'ä', 'a'.repeat(513), 'a.'.repeat(16) + 'a'])(
    'refuses %j',
    (topic) => {
      expect(isTopic(topic)).toBe(false);
    },
  );

  it.each(['a.*', 'a.>', 'a.*.c', 'a.*.>'])('takes %s as a pattern', (pattern) => {
    expect(isPattern(pattern)).toBe(true);
  });

  it.each(['*', '>', '*.a', 'a.>.b', 'a.b*', ''])('refuses %j as a pattern', (pattern) => {
    expect(isPattern(pattern)).toBe(false);
  });

  it('names the channel', () => {
    expect(channelOf('a.b.c')).toBe('a');
    expect(channelOf('a')).toBe('a');
  });

  it.each([
    ['a.b', 'a.b', true],
    ['a.b', 'a.c', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.*.c', 'a.b.c', true],
    ['a.*.c', 'a.b.d', false],
    ['a.>', 'a.b', true],
    ['a.>', 'a.b.c.d', true],
    ['a.>', 'a', false],
    ['a.*.>', 'a.b', false],
    ['a.*.>', 'a.b.c', true],
  ])('%s matches %s: %s', (pattern, topic, expected) => {
    expect(matches(pattern, topic)).toBe(expected);
  });
});

import { startApp, until } from '@switchyard/stage';

const LIMIT_MS = 90_000;

describe('switchyard demo', () => {
  it(
    'shows jobs, results and cost in lines of 80 columns, none of them twice',
    async () => {
      const demo = startApp('cli', {}, { parameters: ['demo'] });
      expect(await demo.ended).toEqual({ code: 0, signal: null });
      const lines = demo.output().trimEnd().split('\n');
      const progress = lines.slice(0, lines.indexOf(''));
      expect(progress).toEqual([
        expect.stringMatching(/^… Starting /),
        expect.stringMatching(/^✓ Started in \d+\.\d s$/),
        '… Submitting 8 jobs and following them',
        ...['generation', 'embedding', 'batch of 6'].map(() => expect.stringMatching(/^✓ .* ended$/)),
        '… Stopping',
      ]);
      expect(demo.output()).toContain('8 of 8 jobs succeeded, for $0.000');
      expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'says that it stops when it is told to, once',
    async () => {
      const demo = startApp('cli', {}, { parameters: ['demo'] });
      await until('it starts', () => demo.output().includes('Starting'), 20_000, demo.output);
      expect(await demo.end('SIGINT')).toBe(1);
      expect(demo.output().trim().split('\n').slice(1)).toEqual(['Stopping…']);
    },
    LIMIT_MS,
  );
});

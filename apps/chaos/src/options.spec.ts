import { commandOf, readOptions, UsageError } from './options.js';

const KNOWN = ['F1', 'F7'];
const read = (line: string): ReturnType<typeof readOptions> => readOptions(line.split(' ').filter(Boolean), KNOWN);

describe('readOptions', () => {
  it('reads a command line, and writes the one that repeats it', () => {
    const options = read('--seed 42 --engine redis --minutes 0.5 --faults F7,F1');
    expect(options).toEqual({ seed: 42, engine: 'redis', minutes: 0.5, faults: ['F7', 'F1'] });
    expect(commandOf(options)).toBe('npm run chaos -- --seed 42 --engine redis --minutes 0.5 --faults F7,F1');
    expect(commandOf(read('--seed 7'))).toBe('npm run chaos -- --seed 7 --engine postgres --minutes 5');
  });

  it.each([
    ['', '--seed is missing'],
    ['--seed', 'npm run chaos'],
    ['--seed -1', 'npm run chaos'],
    ['--seed 1.5', 'whole number'],
    ['--seed 4294967296', 'whole number'],
    ['--seed 1 --engine kafka', 'postgres or redis'],
    ['--seed 1 --minutes 0', 'above 0'],
    ['--seed 1 --minutes soon', 'above 0'],
    ['--seed 1 --faults F1,F99', 'F99'],
    ['--seed 1 --speed 2', 'npm run chaos'],
    ['--seed 1 more', 'npm run chaos'],
  ])('refuses %j and says why', (line, reason) => {
    expect(() => read(line)).toThrow(UsageError);
    expect(() => read(line)).toThrow(reason);
  });
});

import fc from 'fast-check';
import { StopText } from './stop-text.js';

/** What comes out of a text that goes in piece by piece. */
function run(
  stops: readonly string[],
  pieces: readonly string[],
): { readonly text: string; readonly stopped: boolean } {
  const stopText = new StopText(stops);
  const text = pieces.map((piece) => stopText.add(piece)).join('') + stopText.end();
  return { text, stopped: stopText.stopped };
}

describe('a text with stops', () => {
  it.each([
    [['END'], ['one E', 'N', 'D two'], 'one ', true],
    [['END'], ['one E', 'NE', 'ND'], 'one EN', true],
    [['END'], ['one E', 'N'], 'one EN', false],
    [[], ['one', ' two'], 'one two', false],
    [['b', 'ab'], ['xab'], 'x', true],
    [['aab'], ['a', 'a', 'a', 'b', 'c'], 'a', true],
    [['\n\n'], ['line\n', '\nmore', 'more'], 'line', true],
  ] as const)('%j in %j', (stops, pieces, text, stopped) => {
    expect(run(stops, pieces)).toEqual({ text, stopped });
  });

  it('hands on at once what is certain', () => {
    const stopText = new StopText(['END']);
    expect([stopText.add('one '), stopText.add('two E'), stopText.add('x')]).toEqual(['one ', 'two ', 'Ex']);
  });

  it('ends before the first stop, however it is cut into pieces', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
    const stop = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(letters), fc.array(stop, { maxLength: 3 }), (pieces, stops) => {
        const whole = pieces.join('');
        const { text, stopped } = run(stops, pieces);
        expect(stops.some((each) => text.includes(each))).toBe(false);
        expect(whole.startsWith(text)).toBe(true);
        expect(stopped).toBe(stops.some((each) => whole.includes(each)));
        if (!stopped) expect(text).toBe(whole);
        // Nothing was lost before the stop.
        else expect(stops.some((each) => whole.startsWith(each, text.length))).toBe(true);
      }),
    );
  });
});

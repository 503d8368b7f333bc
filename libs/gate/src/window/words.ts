/** A run of characters without a space is one word up to this length; languages that know no spaces are cut by meaning. */
const LONGEST_WORD = 64;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/** Where the words of a text end, from its beginning. */
export function* wordEnds(text: string): Generator<number> {
  for (const { 0: run, index } of text.matchAll(/\S+/gu)) {
    if (run.length <= LONGEST_WORD) yield index + run.length;
    else for (const piece of segmenter.segment(run)) yield index + piece.index + piece.segment.length;
  }
}

/** Where the words of a text start, from its end, each with the white space before it. */
export function* wordStarts(text: string): Generator<number> {
  let end = text.trimEnd().length;
  while (end > 0) {
    let start = end;
    while (start > 0 && !isSpace(text, start - 1)) start -= 1;
    const before = text.slice(0, start).trimEnd().length;
    for (const at of startsInRun(text.slice(start, end))) yield at === 0 ? before : start + at;
    end = before;
  }
}

function* startsInRun(run: string): Generator<number> {
  if (run.length <= LONGEST_WORD) {
    yield 0;
    return;
  }
  const pieces = segmenter.segment(run);
  let at = run.length;
  while (at > 0) {
    at = pieces.containing(at - 1)?.index ?? 0;
    yield at;
  }
}

/** Whether a character is white space; none is more than one unit of UTF-16. */
export function isSpace(text: string, index: number): boolean {
  return /\s/.test(text.charAt(index));
}

/** Number of single-character changes from one word to another, case aside. */
function distance(left: string, right: string): number {
  const [from, to] = [left.toLowerCase(), right.toLowerCase()];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

const letters = (word: string): string => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** The known word that a mistyped one most likely means: the same letters in another spelling, or a few changes away. */
function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly changes: number } | undefined;
  for (const name of known) {
    const changes = letters(name) === letters(word) ? 0 : distance(word, name);
    const allowed = Math.max(1, Math.floor((Math.max(word.length, name.length) + 1) / 3));
    if (changes <= allowed && (!best || changes < best.changes)) best = { name, changes };
  }
  return best?.name;
}

/** `; did you mean X?` for a mistyped word, or nothing. */
export function suggestion(word: string, known: Iterable<string>): string {
  const name = nearest(word, known);
  return name === undefined ? '' : `; did you mean ${name}?`;
}

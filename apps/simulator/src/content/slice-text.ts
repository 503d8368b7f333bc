/** The text in pieces of so many characters; a pair of surrogates is never parted. */
export function* sliceText(text: string, characters: number): Iterable<string> {
  for (let from = 0; from < text.length;) {
    let to = from + characters;
    if (/[\uD800-\uDBFF]/.test(text.charAt(to - 1))) to += 1;
    yield text.slice(from, to);
    from = to;
  }
}

export interface Column {
  readonly title: string;
  /** Numbers stand right. Default left. */
  readonly align?: 'left' | 'right';
}

/**
 * Sets out rows under their titles, each column as wide as its widest cell. Cells are single lines.
 * @param limit Columns of the terminal that a line may take; what is widest is cut until it fits. Default: any number.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  limit = Number.POSITIVE_INFINITY,
): string[] {
  const needed = columns.map(({ title }, index) =>
    Math.max(...[title, ...rows.map((row) => row[index] ?? '')].map(widthOf)),
  );
  const widths = narrow(needed, limit - GAP.length * (columns.length - 1));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const width = widths[index] ?? 0;
        const cell = cutText(cells[index] ?? '', width);
        const blanks = ' '.repeat(Math.max(width - widthOf(cell), 0));
        return align === 'right' ? blanks + cell : cell + blanks;
      })
      .join(GAP)
      .trimEnd();
  return [line(columns.map(({ title }) => title)), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)];
}

/** The beginning of a text that takes no more columns of a terminal than these; `…` stands for what is left out. */
export function cutText(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let left = columns - 1;
  for (const { segment } of GRAPHEMES.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

const GAP = '  ';
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Takes from the widest, the last of them first, until the sum is within the limit. */
function narrow(widths: readonly number[], limit: number): readonly number[] {
  const narrowed = [...widths];
  for (let over = narrowed.reduce((sum, width) => sum + width, 0) - limit; over > 0; over -= 1) {
    const widest = Math.max(...narrowed);
    if (widest <= 1) break;
    narrowed[narrowed.lastIndexOf(widest)] = widest - 1;
  }
  return narrowed;
}

/** Columns of a terminal: one for each character, two for those of East Asian width and pictures. */
function widthOf(text: string): number {
  let columns = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    columns +=
      /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}/u.test(
        segment,
      )
        ? 2
        : 1;
  }
  return columns;
}

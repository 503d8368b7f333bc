const WITHOUT_A_TERMINAL = 80;

/** Columns that a line may take: the terminal's, undefined where it does not tell, 80 where there is none. */
export function outputWidth(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): number | undefined {
  if (!stream.isTTY) return WITHOUT_A_TERMINAL;
  return stream.columns > 0 ? stream.columns : undefined;
}

const LONGEST_NAME = 100;

/** A name that a client made up, for a message: it is repeated, but not at any length. */
export function shortName(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}

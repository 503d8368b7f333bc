/** What of a request a vendor refused, and how it is sent to that vendor from then on. */
export interface Mend {
  /** The vendor's own name of the parameter. */
  readonly parameter: string;
  /** The value that it is lowered to; absent: it is left out. */
  readonly most?: number;
}

/** Reads a stored mend. @returns undefined where there is none, or none that can be read. */
export function parseMend(value: unknown): Mend | undefined {
  if (typeof value !== 'object' || value === null || !('parameter' in value)) return undefined;
  if (typeof value.parameter !== 'string') return undefined;
  const most = 'most' in value && typeof value.most === 'number' ? { most: value.most } : {};
  return { parameter: value.parameter, ...most };
}

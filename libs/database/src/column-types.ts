import { types } from 'pg';

type Parser = (text: string) => unknown;

const INT8 = 20;
const INT8_ARRAY = 1016;
const DATE = 1082;
const DATE_ARRAY = 1182;
const NUMERIC_ARRAY = 1231;
const TEXT_ARRAY: number = 1009;

const parseTextArray = types.getTypeParser(TEXT_ARRAY, 'text') as (text: string) => (string | null)[];

const PARSERS = new Map<number, Parser>([
  [INT8, BigInt],
  [INT8_ARRAY, (text) => parseTextArray(text).map((item) => (item === null ? null : BigInt(item)))],
  // The driver would make a Date of midnight in this machine's own time zone.
  [DATE, (text) => text],
  [DATE_ARRAY, parseTextArray],
  // Nor is an exact number made a float.
  [NUMERIC_ARRAY, parseTextArray],
]);

/** How columns become JavaScript: `int8` a bigint, `timestamptz` a Date, `numeric` and `date` strings, `jsonb` parsed. */
export const columnTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): Parser {
    const parser = format === 'binary' ? undefined : PARSERS.get(oid);
    return parser ?? (types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text') as Parser);
  },
};

import { createHash } from 'node:crypto';

/** What a parameter may be. Objects are given as `JSON.stringify(value)` with a cast to `jsonb`. */
export type SqlValue = string | number | bigint | boolean | Date | Uint8Array | null | readonly SqlValue[];

/** A statement as the driver takes it. */
export interface CompiledSql {
  /** Under this name a connection prepares the text once; absent where a process has seen too many texts. */
  readonly name?: string;
  readonly text: string;
  readonly values: SqlValue[];
}

interface PreparedText {
  readonly text: string;
  readonly name: string | undefined;
}

/** Statements that one process prepares by name; more come from fragments put together without an end. */
const MAX_PREPARED = 1000;

const plainTexts = new WeakMap<readonly string[], PreparedText>();
const namesByText = new Map<string, string>();

let makeStatement: (strings: readonly string[], parts: readonly (SqlValue | SqlStatement)[]) => SqlStatement;
let compileStatement: (statement: SqlStatement) => CompiledSql;

/** SQL text with its parameters kept apart from it. Made by the tag {@link sql} and in no other way. */
export class SqlStatement {
  readonly #strings: readonly string[];
  readonly #parts: readonly (SqlValue | SqlStatement)[];

  private constructor(strings: readonly string[], parts: readonly (SqlValue | SqlStatement)[]) {
    this.#strings = strings;
    this.#parts = parts;
  }

  static {
    makeStatement = (strings, parts) => new SqlStatement(strings, parts);
    compileStatement = (statement) => statement.#compile();
  }

  #compile(): CompiledSql {
    const values: SqlValue[] = [];
    const nested = this.#parts.some((part) => part instanceof SqlStatement);
    const { text, name } = nested ? prepare(this.#write(values)) : this.#plainText(values);
    return name === undefined ? { text, values } : { name, text, values };
  }

  #plainText(values: SqlValue[]): PreparedText {
    const known = plainTexts.get(this.#strings);
    if (known) {
      for (const part of this.#parts) if (!(part instanceof SqlStatement)) values.push(part);
      return known;
    }
    const prepared = prepare(this.#write(values));
    plainTexts.set(this.#strings, prepared);
    return prepared;
  }

  #write(values: SqlValue[]): string {
    let text = this.#strings[0] ?? '';
    this.#parts.forEach((part, index) => {
      if (part instanceof SqlStatement) text += part.#write(values);
      else text += `$${values.push(part)}`;
      text += this.#strings[index + 1] ?? '';
    });
    return text;
  }
}

function prepare(text: string): PreparedText {
  let name = namesByText.get(text);
  if (name === undefined && namesByText.size < MAX_PREPARED) {
    name = `sy_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
    namesByText.set(text, name);
  }
  return { text, name };
}

/**
 * Makes a statement: every value becomes a parameter, and a statement within is taken as a fragment.
 * @example sql`select id from job where tenant = ${tenant} ${onlyFailed ? sql`and status = 'failed'` : sql``}`
 */
export function sql(strings: TemplateStringsArray, ...parts: readonly (SqlValue | SqlStatement)[]): SqlStatement {
  return makeStatement(strings, parts);
}

/** Writes a statement out with `$1`, `$2`, … for its parameters. */
export function compileSql(statement: SqlStatement): CompiledSql {
  return compileStatement(statement);
}

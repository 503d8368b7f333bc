import { describe, expect, it } from '@jest/globals';
import { compileSql, sql } from './sql.js';

describe('sql', () => {
  it('makes a parameter of every value', () => {
    const { text, values } = compileSql(sql`select * from jobs where id = ${"' or '1'='1"} and priority > ${5}`);
    expect(text).toBe('select * from jobs where id = $1 and priority > $2');
    expect(values).toEqual(["' or '1'='1", 5]);
  });

  it('takes a statement within as a fragment and goes on counting', () => {
    const filter = (tenant: number) => sql`and tenant_id = ${tenant} ${sql`and model = ${'gpt-4'}`}`;
    const { text, values } = compileSql(sql`select ${1} where true ${filter(7)} limit ${20}${sql``}`);
    expect(text).toBe('select $1 where true and tenant_id = $2 and model = $3 limit $4');
    expect(values).toEqual([1, 7, 'gpt-4', 20]);
  });

  it('gives one text one name, wherever it is written', () => {
    const here = (id: number) => sql`select ${id}::int`;
    const names = [compileSql(here(1)), compileSql(here(2)), compileSql(sql`select ${3}::int`)].map(({ name }) => name);
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toBeDefined();
    expect(compileSql(sql`select ${1}::bigint`).name).not.toBe(names[0]);
  });

  it('keeps values of two uses of one template apart', () => {
    const byName = (name: string) => sql`select ${name}::text`;
    const [first, second] = [byName('a'), byName('b')];
    expect(compileSql(first).values).toEqual(['a']);
    expect(compileSql(second).values).toEqual(['b']);
    expect(compileSql(first).values).toEqual(['a']);
  });
});

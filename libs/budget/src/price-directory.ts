import type { Price } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';
import { digestOfPrice, writePrice } from './stored-price.js';

/** Knows under which row each price stands, so that every charge names the price that it was made at. */
export interface PriceDirectory {
  /** @returns the row's id; a price that is not known yet gets its row. */
  idOf(model: string, price: Price): Promise<number>;
}

/** Opens the directory of one process. */
export function openPriceDirectory(database: Database): PriceDirectory {
  // Each snapshot of the configuration has prices of its own that are mostly the same.
  const digests = new WeakMap<Price, string>();
  const ids = new Map<string, Promise<number>>();

  function digestOf(price: Price): string {
    const digest = digests.get(price) ?? digestOfPrice(price);
    digests.set(price, digest);
    return digest;
  }

  async function register(model: string, price: Price, digest: string): Promise<number> {
    const [row] = await database.query<{ id: number }>(
      sql`select price_id_of(${model}, ${digest}, ${JSON.stringify(writePrice(price))}::jsonb) as id`,
    );
    if (!row) throw new Error('A price was not registered.');
    return row.id;
  }

  return {
    idOf(model, price) {
      const digest = digestOf(price);
      const key = `${digest} ${model}`;
      const known = ids.get(key);
      if (known) return known;
      const id = register(model, price, digest);
      ids.set(key, id);
      id.catch(() => ids.delete(key));
      return id;
    },
  };
}

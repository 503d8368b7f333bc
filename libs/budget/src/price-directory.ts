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
  const ids = new Map<string, Map<Price, Promise<number>>>();

  async function register(model: string, price: Price): Promise<number> {
    const [row] = await database.query<{ id: number }>(
      sql`select price_id_of(${model}, ${digestOfPrice(price)}, ${JSON.stringify(writePrice(price))}::jsonb) as id`,
    );
    if (!row) throw new Error('A price was not registered.');
    return row.id;
  }

  return {
    idOf(model, price) {
      const ofModel = ids.get(model) ?? new Map<Price, Promise<number>>();
      ids.set(model, ofModel);
      const known = ofModel.get(price);
      if (known) return known;
      const id = register(model, price);
      ofModel.set(price, id);
      id.catch(() => ofModel.delete(price));
      return id;
    },
  };
}

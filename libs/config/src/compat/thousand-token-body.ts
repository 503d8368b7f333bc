import { GatewayError } from '@switchyard/contract';
import { suggestion } from '../faults/suggest.js';
import { plainDecimal } from '../schema/decimal.js';
import { isPlainMap, type Plain } from '../schema/navigate.js';
import { RATES } from './thousand-token-prices.js';

/**
 * Reads `costPer1kTokens: { input, output }` of a model that is sent as its price per million tokens, exactly.
 * @throws GatewayError (422) for what is no such price
 */
export function readThousandTokenBody(given: Plain): Plain {
  if (!isPlainMap(given)) return given;
  const { costPer1kTokens: rates, ...rest } = given;
  if (rates === undefined || rates === null) return rest;
  if (!isPlainMap(rates)) throw refuse('must be a map of input and output, in dollars per thousand tokens');
  if (rest['price'] !== undefined) throw refuse('stands beside price; keep one of them');
  const price = Object.entries(rates).map(([key, value]) => {
    const rate = RATES.get(key);
    if (rate === undefined) throw refuse(`unknown field${suggestion(key, RATES.keys())}`, `.${key}`);
    const text = typeof value === 'number' ? String(value) : value;
    // What is no decimal stays as it is: the place that it comes to names the fault.
    return [rate, typeof text === 'string' ? (plainDecimal(text, 3) ?? text) : text] as const;
  });
  return { ...rest, price: Object.fromEntries(price) };
}

function refuse(message: string, under = ''): GatewayError {
  const param = `costPer1kTokens${under}`;
  return new GatewayError('invalid_request_error', `\`${param}\`: ${message}.`, { param });
}

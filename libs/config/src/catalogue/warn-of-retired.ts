import { formatPath } from '../faults/path.js';
import { isPlainList, isPlainMap, type PlainMap } from '../schema/navigate.js';
import { lookUp } from './fill-models.js';

/** Days before a model's end from which a start tells of it. */
const NOTICE_DAYS = 90;
const DAY_MS = 86_400_000;

/** Names the models that their vendor serves no more, or soon no more. @param now in milliseconds since 1970 */
export function warnOfRetired(data: PlainMap, now: number): readonly string[] {
  const models = data['models'];
  return (isPlainList(models) ? models : []).flatMap((model) => {
    const found = isPlainMap(model) ? lookUp(model, data) : undefined;
    const day = found?.model.retired?.[found.kind];
    if (!found || day === undefined) return [];
    const daysLeft = (Date.parse(day) - now) / DAY_MS;
    if (daysLeft > NOTICE_DAYS) return [];
    const place = formatPath(['models', found.id]);
    return daysLeft > 0
      ? `${place}: its vendor serves it until ${day}; name a newer model before that`
      : `${place}: its vendor has served it no more since ${day}; name a newer model`;
  });
}

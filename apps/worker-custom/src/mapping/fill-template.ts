import { fillSlots, type JsonTemplate, slotsOf } from '@switchyard/contract';

/** What slots are filled with; a slot that is not here is left out. */
export type SlotValues = Readonly<Record<string, unknown>>;

/** The names of all slots in a template. */
export function slotsIn(template: JsonTemplate | undefined): ReadonlySet<string> {
  if (typeof template === 'string') return new Set(slotsOf(template));
  if (typeof template !== 'object' || template === null) return new Set();
  return new Set(Object.values(template).flatMap((below: JsonTemplate) => [...slotsIn(below)]));
}

/**
 * A template with its slots filled. A text that is one slot becomes the value itself, with its type; in a longer text,
 * values become words. A key or an entry whose slot has no value is left out. Values are not looked at for slots.
 * @returns undefined where the whole is a slot without a value.
 */
export function fillTemplate(template: JsonTemplate, values: SlotValues): unknown {
  if (typeof template === 'string') return fillText(template, values);
  if (typeof template !== 'object' || template === null) return template;
  if (isList(template))
    return template.map((entry) => fillTemplate(entry, values)).filter((entry) => entry !== undefined);
  const filled = Object.entries(template).map(([key, entry]) => [key, fillTemplate(entry, values)] as const);
  return Object.fromEntries(filled.filter(([, entry]) => entry !== undefined));
}

function fillText(template: string, values: SlotValues): unknown {
  const whole = /^\{\{\s*([^{}]*?)\s*\}\}$/.exec(template)?.[1];
  if (whole !== undefined) return valueOf(whole, values);
  return fillSlots(template, (name) => wordsOf(valueOf(name, values)));
}

function valueOf(name: string, values: SlotValues): unknown {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function wordsOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isList(template: JsonTemplate): template is readonly JsonTemplate[] {
  return Array.isArray(template);
}

import type { Database } from '@switchyard/database';
import { readModels, type Answered, type ModelsAnswer } from './answers.js';
import { endModelCheck, type CheckSchedule, type ModelComparison } from './model-check.js';
import type { Outcome, ProviderDesk } from './provider-desk.js';

/** What is known here of a provider's models, by the vendor's own names. */
export interface KnownModels {
  readonly provider: string;
  /** In the configuration, versions included. */
  readonly configured: readonly string[];
  /** Other names under which the vendor may list them. */
  readonly otherNames?: readonly string[];
  readonly isPriced: (name: string) => boolean;
}

/** Nobody waits for it: a vendor may be slow, and its worker may still be starting. */
const LIMIT_MS = 60_000;

/**
 * Asks a vendor for its models, compares them with ours and keeps what came of it.
 * @returns why it failed, or what it found
 * @throws the reason of the signal, and what the database raised
 */
export async function compareModels(
  { database, desk }: { readonly database: Database; readonly desk: ProviderDesk },
  known: KnownModels,
  due: CheckSchedule,
  signal?: AbortSignal,
): Promise<{ readonly found: ModelComparison } | { readonly error: string }> {
  const { provider, configured } = known;
  const question = { provider, kind: 'models', payload: { models: configured } } as const;
  const patience = { limitMs: LIMIT_MS, untakenMs: LIMIT_MS, ...(signal && { signal }) };
  const answered = readOutcome(await desk.ask(question, patience));
  const end = 'error' in answered ? { error: answered.error.message } : { found: compare(answered.answer, known) };
  await endModelCheck(database, provider, end, due);
  return end;
}

function readOutcome(outcome: Outcome): Answered<ModelsAnswer> {
  switch (outcome.state) {
    case 'answered':
      return readModels(outcome.answer);
    case 'untaken':
      return { error: { code: 'no_worker', message: 'No worker of the provider took the question; start one.' } };
    case 'unanswered':
      return { error: { code: 'timeout_error', message: 'The worker did not answer in time.' } };
  }
}

function compare(
  { listed, missing }: ModelsAnswer,
  { configured, otherNames = [], isPriced }: KnownModels,
): ModelComparison {
  const known = new Set([...configured, ...otherNames]);
  const added = listed.filter((name) => !known.has(name)).toSorted();
  return { new: added, retired: missing.toSorted(), unpriced: added.filter((name) => !isPriced(name)) };
}

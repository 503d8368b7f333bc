import type { Answer } from '../exchange/dialect.js';
import { invalid } from './gemini-dialect.js';

const MODELS = ['sim-chat', 'sim-embedding'];
const STANDARD_PAGE = 100;

function view(id: string): unknown {
  return {
    name: `publishers/google/models/${id}`,
    versionId: 'default',
    openSourceCategory: 'PROPRIETARY',
    launchStage: 'GA',
  };
}

/** Answers the list of publishers' models; a page's token is where it begins. @throws Refusal */
export function answerPublisherModels({ pageSize, pageToken }: Readonly<Record<string, unknown>>): Answer {
  const size = Number(pageSize ?? STANDARD_PAGE);
  const start = Number(pageToken ?? 0);
  if (!Number.isInteger(size) || size < 1) return invalid('page_size', 'it is a whole number from 1');
  if (!Number.isInteger(start) || start < 0) return invalid('page_token', 'it is no token of this list');
  const end = start + size;
  const rest = end < MODELS.length ? { nextPageToken: String(end) } : {};
  return { kind: 'json', body: { publisherModels: MODELS.slice(start, end).map(view), ...rest } };
}

/** Answers for one: any name is a model here, but one that steers to an error (`sim-status-404`). */
export function answerPublisherModel(id: string): Answer {
  return { kind: 'json', body: view(id) };
}

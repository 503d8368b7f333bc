import type { Answer } from '../exchange/dialect.js';

const MODELS = ['sim-claude', 'sim-claude-small'];
const CREATED = '2026-11-21T00:00:00Z';
const STANDARD_PAGE = 20;

function view(id: string): unknown {
  return { type: 'model', id, display_name: id, created_at: CREATED };
}

/** Answers `GET /v1/models` to a client of Anthropic's. @param query as it came: `limit` and `after_id` count. */
export function answerModelPage(query: Readonly<Record<string, unknown>>): Answer {
  const limit = /^[1-9]\d{0,3}$/.test(String(query['limit'])) ? Number(query['limit']) : STANDARD_PAGE;
  const rest = MODELS.slice(MODELS.indexOf(String(query['after_id'])) + 1);
  const page = rest.slice(0, limit);
  return {
    kind: 'json',
    body: {
      data: page.map(view),
      has_more: rest.length > page.length,
      first_id: page[0] ?? null,
      last_id: page.at(-1) ?? null,
    },
  };
}

/** Answers `GET /v1/models/{id}`: any name is a model here, but one that steers to an error (`sim-status-404`). */
export function answerModel(id: string): Answer {
  return { kind: 'json', body: view(id) };
}

function publisherView(model: string): unknown {
  const [name, versionId = 'default'] = model.split('@');
  return { name: `publishers/anthropic/models/${name}`, versionId, launchStage: 'GA' };
}

/** Answers `GET /v1beta1/publishers/anthropic/models`, as Vertex AI does. */
export function answerPublisherModels(): Answer {
  return { kind: 'json', body: { publisherModels: MODELS.map(publisherView) } };
}

/** Answers `GET /v1/publishers/anthropic/models/{model}`. */
export function answerPublisherModel(model: string): Answer {
  return { kind: 'json', body: publisherView(model) };
}

import type { Answer } from '../exchange/dialect.js';

const MODELS = ['sim-chat', 'sim-embedding', 'sim-image', 'sim-moderation'];
const CREATED = 1_763_700_000;

function view(id: string): unknown {
  return { id, object: 'model', created: CREATED, owned_by: 'simulator' };
}

/** Answers `GET /v1/models`. */
export function answerModelList(): Answer {
  return { kind: 'json', body: { object: 'list', data: MODELS.map(view) } };
}

/** Answers `GET /v1/models/{id}`: any name is a model here, but one that steers to an error (`sim-status-404`). */
export function answerModel(id: string): Answer {
  return { kind: 'json', body: view(id) };
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

describe('experiments', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(() => api.close());

  const assignmentOf = async (userId: string) =>
    (await api.ask(`/v1/experiments/trial/assignment?userId=${userId}`)).body;
  const report = async () => (await api.ask('/v1/admin/experiments/trial/report', { key: KEYS.admin })).body;

  /** A user of each arm. */
  async function userOf(arm: string): Promise<string> {
    for (let number = 0; number < 100; number += 1) {
      if ((await assignmentOf(`user-${number}`)).arm === arm) return `user-${number}`;
    }
    throw new Error(`Nobody has the arm ${arm}.`);
  }

  it('give a user the arm that their jobs get, and count jobs alone', async () => {
    const user = await userOf('a');
    expect(await assignmentOf(user)).toEqual({
      ...{ experiment: 'trial', arm: 'a' },
      ...{ provider: 'sim', model: 'chat', version: 'v1' },
    });
    expect((await report()).arms).toMatchObject([{ assignments: 0 }, { assignments: 0 }]);

    const id = await api.submit({ selection: { modelId: 'trial' }, userId: user });
    const { body } = await api.ask(`/v1/jobs/${id}`);
    expect(body).toMatchObject({ model: 'chat', modelVersion: 'v1', experiment: { name: 'trial', arm: 'a' } });
    await api.worker.succeed(await api.worker.claimOne());
    expect((await report()).arms[0]).toMatchObject({
      ...{ name: 'a', model: 'chat', version: 'v1', control: true },
      ...{ assignments: 1, successes: 1, success: { mean: 1, answers: 1, users: 1 } },
      ...{ cost: { mean: expect.stringMatching(/^\d+\.\d+$/), answers: 1 }, latency: { mean: expect.any(Number) } },
      ...{ quality: { mean: null, answers: 0, users: 0 }, comparisons: {} },
    });
    await api.ask(`/v1/jobs/${id}/feedback`, { method: 'POST', json: { score: 0.25 } });
    expect((await report()).arms[0].quality).toEqual({ mean: 0.25, answers: 1, users: 1 });
  });

  it('are undecided until enough users have brought answers', async () => {
    expect(await report()).toMatchObject({
      ...{ name: 'trial', running: true, goal: 'success', alias: null },
      verdict: { decided: false, winner: null, reason: expect.stringMatching(/enough users/) },
    });
  });

  it('are stopped and started, and promote an arm to their alias', async () => {
    const act = (what: string, json: object = {}) =>
      api.ask(`/v1/admin/experiments/trial/${what}`, { key: KEYS.admin, method: 'POST', json });
    const user = await userOf('b');
    expect((await act('stop')).body).toMatchObject({ running: false });
    const id = await api.submit({ selection: { modelId: 'trial' }, userId: user });
    expect((await api.ask(`/v1/jobs/${id}`)).body).toMatchObject({ model: 'chat', experiment: null });
    expect((await act('start')).body).toMatchObject({ running: true });

    expect((await act('promote')).body.error).toMatchObject({
      type: 'conflict_error',
      message: expect.stringMatching(/names no alias/),
    });
    await api.ask('/v1/admin/experiments/trial', { key: KEYS.admin, method: 'PATCH', json: { alias: 'smart' } });
    const undecided = await act('promote');
    expect([undecided.status, undecided.body.error.message]).toEqual([409, expect.stringMatching(/Name the arm/)]);
    expect((await act('promote', { arm: 'none' })).status).toBe(404);
    expect((await act('promote', { arm: 'b' })).body).toMatchObject({ running: false, alias: 'smart' });
    const promoted = await api.submit({ selection: { modelId: 'smart' } });
    expect((await api.ask(`/v1/jobs/${promoted}`)).body.model).toBe('meta/llama-3.1');
  });

  it('refuse a name that there is not, and a question without a user', async () => {
    for (const path of [
      '/v1/experiments/none/assignment?userId=u',
      '/v1/experiments/constructor/assignment?userId=u',
    ]) {
      expect((await api.ask(path)).status).toBe(404);
    }
    expect((await api.ask('/v1/admin/experiments/none/report', { key: KEYS.admin })).status).toBe(404);
    const { status, body } = await api.ask('/v1/experiments/trial/assignment');
    expect([status, body.error.param]).toEqual([422, 'userId']);
  });
});

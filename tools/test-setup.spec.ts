import { readFile } from 'node:fs/promises';

class OwnError extends Error {}

describe('the set-up of the tests', () => {
  it('takes what Node throws for an error, and for no other class than it is', async () => {
    const error: unknown = await readFile('/no/such/file').catch((reason: unknown) => reason);
    expect(error instanceof Error).toBe(true);
    expect(error instanceof OwnError).toBe(false);
    expect(error instanceof TypeError).toBe(false);
    expect(new OwnError() instanceof Error).toBe(true);
    expect({} instanceof Error).toBe(false);
  });

  it('names the Postgres that all specs share', () => {
    expect(process.env.SWITCHYARD_TEST_POSTGRES).toMatch(/^postgres(ql)?:\/\//);
  });
});

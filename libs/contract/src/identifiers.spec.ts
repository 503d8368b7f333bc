import { jobIdFromUuid, parseJobId, uuidOfJob } from './identifiers.js';

describe('a job id', () => {
  const uuid = '0193a5b2-c4d8-7f3e-9a1b-2c3d4e5f6071';

  it('is a prefix and the digits of its UUID, and leads back to it', () => {
    const id = jobIdFromUuid(uuid);
    expect(id).toBe('job_0193a5b2c4d87f3e9a1b2c3d4e5f6071');
    expect(uuidOfJob(id)).toBe(uuid);
    expect(parseJobId(id)).toBe(id);
  });

  it.each([
    '',
    'job_',
    'job_x',
    'batch_0193a5b2c4d87f3e9a1b2c3d4e5f6071',
    `${'job_0193a5b2c4d87f3e9a1b2c3d4e5f6071'}\n`,
    7,
    null,
  ])('is not %p', (value) => {
    expect(parseJobId(value)).toBeUndefined();
  });
});

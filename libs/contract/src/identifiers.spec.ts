import { fileIdFromUuid, jobIdFromUuid, parseFileId, parseJobId, uuidOfFile, uuidOfJob } from './identifiers.js';

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

describe('a file id', () => {
  const uuid = '0193a5b2-c4d8-7f3e-9a1b-2c3d4e5f6071';

  it('is a prefix and the digits of its UUID, and leads back to it', () => {
    const id = fileIdFromUuid(uuid);
    expect(id).toBe('file_0193a5b2c4d87f3e9a1b2c3d4e5f6071');
    expect(uuidOfFile(id)).toBe(uuid);
    expect(parseFileId(id)).toBe(id);
  });

  it.each(['', 'file_', 'job_0193a5b2c4d87f3e9a1b2c3d4e5f6071', 'file_0193A5B2c4d87f3e9a1b2c3d4e5f6071', {}])(
    'is not %p',
    (value) => {
      expect(parseFileId(value)).toBeUndefined();
    },
  );
});

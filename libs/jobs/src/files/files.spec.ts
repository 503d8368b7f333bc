import { randomBytes } from 'node:crypto';
import { uuidOfFile, type FileId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { imageOf, openJobBench, type JobBench } from '../__fixtures__/job-bench.js';
import type { ClaimedJob } from '../claim-jobs.js';
import { dropExpiredFiles } from './drop-files.js';
import { openFileReader, type FileReader, type StoredFile } from './read-files.js';
import { storeFile } from './store-file.js';

const DAY_MS = 86_400_000;

describe('files of results', () => {
  let bench: JobBench;
  let reader: FileReader;
  let worker: number;

  beforeAll(async () => {
    bench = await openJobBench();
    reader = openFileReader(bench.database);
    worker = await bench.worker();
  }, 60_000);
  afterAll(() => bench.close());

  async function claimNew(tenant = bench.tenants[0]): Promise<ClaimedJob> {
    await bench.admit({ type: 'image', tenantId: tenant });
    const [job] = await bench.claim(worker, 1);
    if (!job) throw new Error('Nothing was claimed.');
    return job;
  }

  async function found(id: FileId): Promise<StoredFile> {
    const file = await reader.find(id);
    if (!file) throw new Error(`${id} is not there.`);
    return file;
  }

  async function bytesOf(file: StoredFile, from = reader): Promise<Buffer[]> {
    const done = new AbortController();
    const pieces: Buffer[] = [];
    for await (const piece of from.read(file, done.signal)) pieces.push(piece);
    done.abort();
    return pieces;
  }

  async function rowsOf(id: FileId): Promise<{ files: bigint; pieces: bigint }> {
    const [row] = await bench.database.query<{ files: bigint; pieces: bigint }>(sql`
      select (select count(*) from files where id = ${uuidOfFile(id)}::uuid) as files,
             (select count(*) from file_pieces where file_id = ${uuidOfFile(id)}::uuid) as pieces`);
    return row ?? { files: 0n, pieces: 0n };
  }

  it('stand in pieces of at most 1 MB, and are the same read back', async () => {
    const content = randomBytes(2_500_001);
    const job = await claimNew();
    const image = imageOf(content);
    expect(await bench.settler.settle(image.settlement(job))).toBe('ended');
    const view = await bench.read(job.id);
    expect(view.result).toMatchObject({ images: [{ url: `/v1/files/${image.file}/content`, mimeType: 'image/png' }] });
    const file = await found(image.file);
    expect(file).toMatchObject({
      id: image.file,
      tenantId: bench.tenants[0],
      purpose: 'image_output',
      filename: `${image.file}.png`,
      mimeType: 'image/png',
      bytes: content.length,
    });
    expect(file.expiresAt.getTime() - file.createdAt.getTime()).toBe(30 * DAY_MS);
    const pieces = await bytesOf(file);
    expect(pieces.map((piece) => piece.length)).toEqual([1_000_000, 1_000_000, 500_001]);
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  it('may be empty', async () => {
    const job = await claimNew();
    const image = imageOf('');
    await bench.settler.settle(image.settlement(job));
    expect(await bytesOf(await found(image.file))).toEqual([Buffer.alloc(0)]);
  });

  it('are not written by a stale epoch', async () => {
    const job = await claimNew();
    const image = imageOf('late');
    expect(await bench.settler.settle(image.settlement({ ...job, epoch: job.epoch + 1 }))).toBe('stale');
    expect(await rowsOf(image.file)).toEqual({ files: 0n, pieces: 0n });
    await bench.settler.settle(image.settlement(job));
    expect(await rowsOf(image.file)).toEqual({ files: 1n, pieces: 1n });
  });

  it('are written once, however often it is tried, and read only once they are whole', async () => {
    const job = await claimNew();
    const content = randomBytes(1_500_000);
    const image = imageOf(content);
    const { then } = image.settlement(job);
    const file = then.outcome === 'succeeded' ? then.result.files[0] : undefined;
    if (!file) throw new Error('There is no file.');
    let calls = 0;
    // As a database that goes away after the first piece.
    const breaking = {
      query: async <Row>(statement: Parameters<typeof bench.database.query>[0]) => {
        calls += 1;
        if (calls === 2) throw new Error('gone');
        return await bench.database.query<Row & object>(statement);
      },
    } as typeof bench.database;
    await expect(storeFile(breaking, job, file, DAY_MS)).rejects.toThrow('gone');
    expect(await rowsOf(image.file)).toEqual({ files: 1n, pieces: 1n });
    expect(await reader.find(image.file)).toBeUndefined();
    await bench.settler.settle(image.settlement(job));
    expect(await rowsOf(image.file)).toEqual({ files: 1n, pieces: 2n });
    expect(Buffer.concat(await bytesOf(await found(image.file))).equals(content)).toBe(true);
  });

  it('go ten minutes later where prompts are not stored', async () => {
    await bench.database.query(sql`update tenants set store_prompts = false where id = ${bench.tenants[1]}`);
    const job = await claimNew(bench.tenants[1]);
    const image = imageOf('secret');
    await bench.settler.settle(image.settlement(job));
    const file = await found(image.file);
    expect(file.tenantId).toBe(bench.tenants[1]);
    expect(file.expiresAt.getTime() - file.createdAt.getTime()).toBe(10 * 60_000);
  });

  it('are gone when their time is over, and then dropped, by any number of couriers', async () => {
    const images = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const job = await claimNew();
        const image = imageOf(`picture ${index}`);
        await bench.settler.settle(image.settlement(job));
        return image.file;
      }),
    );
    const [kept, ...over] = images;
    if (!kept) throw new Error('There is no image.');
    const uuids = over.map(uuidOfFile);
    await bench.database.query(sql`
      update files set expires_at = clock_timestamp() - interval '1 s' where id = any (${uuids}::uuid[])`);
    expect(await Promise.all(images.map(async (id) => (await reader.find(id)) !== undefined))).toEqual([
      true,
      ...over.map(() => false),
    ]);
    const others = [bench.anotherDatabase(1), bench.anotherDatabase(1)];
    const dropped = await Promise.all(others.map((database) => dropExpiredFiles(database)));
    expect(dropped.reduce((sum, count) => sum + count)).toBe(over.length);
    for (const id of over) expect(await rowsOf(id)).toEqual({ files: 0n, pieces: 0n });
    expect(await rowsOf(kept)).toEqual({ files: 1n, pieces: 1n });
    expect(await dropExpiredFiles(bench.database)).toBe(0);
  });

  it('say so where they are dropped while they are read', async () => {
    const job = await claimNew();
    const image = imageOf(randomBytes(1_500_000));
    await bench.settler.settle(image.settlement(job));
    const pieces = reader.read(await found(image.file), AbortSignal.timeout(10_000));
    await pieces.next();
    await bench.database.query(sql`delete from file_pieces where file_id = ${uuidOfFile(image.file)}::uuid`);
    await expect(pieces.next()).rejects.toThrow('was dropped');
  });

  it('are read a few at a time, so that those who do not take theirs hold no memory', async () => {
    const job = await claimNew();
    const image = imageOf(randomBytes(1_500_000));
    await bench.settler.settle(image.settlement(job));
    const file = await found(image.file);
    const small = openFileReader(bench.database, 1_500_000);
    const slow = new AbortController();
    await small.read(file, slow.signal).next();
    const left = new AbortController();
    const waiting = small.read(file, left.signal).next();
    left.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    const next = bytesOf(file, small);
    slow.abort();
    expect(Buffer.concat(await next)).toHaveLength(1_500_000);
  });

  it('are not there under an id that nobody made', async () => {
    for (const digits of ['0'.repeat(32), 'f'.repeat(32), '0193a5b2c4d87f3e9a1b2c3d4e5f6071']) {
      expect(await reader.find(`file_${digits}` as FileId)).toBeUndefined();
    }
  });
});

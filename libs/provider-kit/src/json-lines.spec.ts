import { assert, asyncProperty, nat } from 'fast-check';
import { slice, streamOf } from './__fixtures__/body-streams.js';
import { readJsonLines } from './json-lines.js';

async function read(pieces: readonly Uint8Array[]): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of readJsonLines(streamOf(pieces).stream)) values.push(value);
  return values;
}

const TEXT = ['{"a":"é👋"}\n', '\n', '  {"b":[1,\t2]}\r\n', '"a text"\n', 'null\n', '{"done":true}'].join('');
const VALUES = [{ a: 'é👋' }, { b: [1, 2] }, 'a text', null, { done: true }];

describe('JSON lines', () => {
  const bytes = Buffer.from(TEXT);

  it('are the same in slices of every size', async () => {
    for (let size = 1; size <= bytes.length; size++) expect(await read(slice(bytes, () => size))).toEqual(VALUES);
  });

  it('are the same however they are sliced', async () => {
    await assert(
      asyncProperty(nat(), async (seed) => {
        const pieces = slice(bytes, (position) => 1 + ((position * 31 + seed) % 13));
        expect(await read(pieces)).toEqual(VALUES);
      }),
    );
  });

  it('may be long', async () => {
    const long = 'x'.repeat(300_000);
    expect(await read(slice(Buffer.from(`"${long}"\n`), () => 50))).toEqual([long]);
  });

  it('leave out half a value at the end', async () => {
    expect(await read([Buffer.from('{"a":1}\n{"b":')])).toEqual([{ a: 1 }]);
  });

  it('end with the last one, and let the body end by itself', async () => {
    const { stream, state } = streamOf([Buffer.from('1\n2\n3\n'), Buffer.from('4\n')]);
    const values: unknown[] = [];
    for await (const value of readJsonLines(stream, (one) => one === 2)) values.push(value);
    expect(values).toEqual([1, 2]);
    expect(state.cancelled).toBe(false);
  });

  it('cancel the body when their reader leaves', async () => {
    const { stream, state } = streamOf([Buffer.from('1\n2\n')], 'open');
    for await (const value of readJsonLines(stream)) {
      expect(value).toBe(1);
      break;
    }
    expect(state.cancelled).toBe(true);
  });

  it('refuse a line that is none, once those before it are read, and close the body', async () => {
    const { stream, state } = streamOf([Buffer.from('1\nthe-prompt-of-a-user\n2\n')], 'open');
    const values = readJsonLines(stream);
    await expect(values.next()).resolves.toEqual({ done: false, value: 1 });
    await expect(values.next()).rejects.toMatchObject({
      code: 'bad_response',
      message: expect.not.stringContaining('prompt') as unknown,
    });
    expect(state.cancelled).toBe(true);
  });

  it('hand the error of the body on', async () => {
    const { stream } = streamOf([Buffer.from('1\n')], new Error('cut'));
    const values = readJsonLines(stream);
    await expect(values.next()).resolves.toEqual({ done: false, value: 1 });
    await expect(values.next()).rejects.toThrow('cut');
  });
});

import { assert, asyncProperty, nat } from 'fast-check';
import { slice, streamOf } from './__fixtures__/body-streams.js';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.js';

async function read(pieces: readonly Uint8Array[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(streamOf(pieces).stream)) events.push(event);
  return events;
}

const TEXT = [
  '\uFEFF: a comment\n\n',
  'data: {"a":"é👋"}\r\n\r\n',
  'data: two\r\ndata: lines\r\n\r\n',
  'event: ping\rdata: one\rdata:  two\r\r',
  'id: 7\nretry: 10\nunknown: x\ndata\n\n',
  'event: dropped, for it has no data\n\n',
  'data:no space\n\n',
  'data: never ended',
].join('');

const EVENTS: ServerSentEvent[] = [
  { data: '{"a":"é👋"}' },
  { data: 'two\nlines' },
  { event: 'ping', data: 'one\n two' },
  { data: '' },
  { data: 'no space' },
];

describe('server-sent events', () => {
  const bytes = Buffer.from(TEXT);

  it('are the same in slices of every size', async () => {
    for (let size = 1; size <= bytes.length; size++) expect(await read(slice(bytes, () => size))).toEqual(EVENTS);
  });

  it('are the same however they are sliced', async () => {
    await assert(
      asyncProperty(nat(), async (seed) => {
        const pieces = slice(bytes, (position) => 1 + ((position * 31 + seed) % 13));
        expect(await read(pieces)).toEqual(EVENTS);
      }),
    );
  });

  it('may be long', async () => {
    const long = 'x'.repeat(300_000);
    expect(await read(slice(Buffer.from(`data: ${long}\n\n`), () => 50))).toEqual([{ data: long }]);
  });

  it('end with the last one, and let the body end by itself', async () => {
    const { stream, state } = streamOf([
      Buffer.from('data: 1\n\ndata: [DONE]\n\ndata: 2\n\n'),
      Buffer.from('data: 3\n\n'),
    ]);
    const events: string[] = [];
    for await (const event of readServerSentEvents(stream, ({ data }) => data === '[DONE]')) events.push(event.data);
    expect(events).toEqual(['1', '[DONE]']);
    expect(state.cancelled).toBe(false);
  });

  it('cancel the body when their reader leaves', async () => {
    const { stream, state } = streamOf([Buffer.from('data: 1\n\ndata: 2\n\n')], 'open');
    for await (const event of readServerSentEvents(stream)) {
      expect(event.data).toBe('1');
      break;
    }
    expect(state.cancelled).toBe(true);
  });

  it('hand the error of the body on', async () => {
    const { stream } = streamOf([Buffer.from('data: 1\n\n')], new Error('cut'));
    const events = readServerSentEvents(stream);
    await expect(events.next()).resolves.toEqual({ done: false, value: { data: '1' } });
    await expect(events.next()).rejects.toThrow('cut');
  });
});

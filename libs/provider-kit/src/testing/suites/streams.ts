/// <reference types="jest" />
import { type GenerateReply, type Provider, type StreamPart, type ToolCall } from '@switchyard/contract';
import { type Exchange, type ProviderSubject } from '../fixtures.js';
import { calm, collect, expectSent, failureOf, type Harness } from '../harness.js';
import { answer, answerInSlices, cutAfter, silenceAfter } from '../scripts.js';
import { describeUsage } from './replies.js';

/** Slices of every small size, where characters, lines and line ends are cut, and a few larger ones. */
const SLICES = [...Array.from({ length: 16 }, (_, index) => index + 1), 31, 64, 257, 1024];

/** What a reader who only sees the parts has put together when `end` comes. */
function assemble(parts: readonly StreamPart[]): { content: string; toolCalls: ToolCall[] } {
  let content = '';
  const calls = new Map<number, ToolCall>();
  for (const part of parts) {
    if (part.type === 'text-delta') content += part.text;
    if (part.type !== 'tool-call-delta') continue;
    const call = calls.get(part.index) ?? { id: '', name: '', arguments: '' };
    const signature = part.signature ?? call.signature;
    calls.set(part.index, {
      id: call.id + (part.id ?? ''),
      name: call.name + (part.name ?? ''),
      arguments: call.arguments + (part.arguments ?? ''),
      ...(signature !== undefined && { signature }),
    });
  }
  return { content, toolCalls: [...calls].sort(([one], [other]) => one - other).map(([, call]) => call) };
}

function expectStream(parts: readonly StreamPart[], reply: Omit<GenerateReply, 'raw'>): void {
  const end = parts.at(-1);
  expect(end).toMatchObject({ type: 'end', reply });
  expect(parts.filter((part) => part.type === 'end')).toHaveLength(1);
  expect(assemble(parts)).toEqual({ content: reply.content, toolCalls: reply.toolCalls });
}

/** Streams as they should be, and streams that end as they should not. */
export function describeStreams({ capabilities }: ProviderSubject, harness: Harness): void {
  const { stream, tools } = capabilities;
  if (stream === 'unsupported') return;
  const [first] = stream.exchanges;
  const read = (provider: Provider, fixture: Exchange<GenerateReply> = first) =>
    collect(provider.stream?.(fixture.call, calm()));

  const fixtures = [...stream.exchanges, ...(tools === 'unsupported' ? [] : tools.stream)];
  describe.each(fixtures.map((fixture) => [fixture.name, fixture] as const))('stream: %s', (_name, fixture) => {
    it('sends the request and reads the answer', async () => {
      harness.server().play(answer(fixture.answer));
      const parts = await read(harness.provider(), fixture);
      expectStream(parts, fixture.reply);
      expect(parts.at(-1)).toMatchObject({ reply: { raw: expect.any(Object) as unknown } });
      expectSent(await harness.server().nextRequest(), fixture.sent);
    });

    it.each(SLICES)('comes the same in slices of %i bytes', async (size) => {
      harness.server().play(answerInSlices(fixture.answer, size));
      expectStream(await read(harness.provider(), fixture), fixture.reply);
    });
  });

  it('hands on what has come before the rest is there', async () => {
    const bytes = Buffer.from(first.answer.body).length;
    harness.server().play(silenceAfter(first.answer, Math.ceil(bytes / 2)));
    for await (const part of harness.provider().stream?.(first.call, calm()) ?? []) {
      expect(part.type).not.toBe('end');
      return;
    }
    throw new Error('Nothing came.');
  });

  it('closes the socket when its reader leaves', async () => {
    const bytes = Buffer.from(first.answer.body).length;
    harness.server().play(silenceAfter(first.answer, Math.ceil(bytes / 2)));
    const provider = harness.provider();
    const parts = provider.stream?.(first.call, calm())[Symbol.asyncIterator]();
    await parts?.next();
    await parts?.return?.();
    await (
      await harness.server().nextRequest()
    ).closed;
  });

  describe('a stream that is cut off', () => {
    const bytes = Buffer.from(first.answer.body).length;
    const places = Array.from({ length: 12 }, (_, index) => Math.floor((bytes * index) / 12));

    it.each(places)('after %i bytes is never a success', async (place) => {
      harness.server().play(cutAfter(first.answer, place));
      const failure = await failureOf(read(harness.provider()));
      expect(failure).toMatchObject({ name: 'ProviderError', code: 'stream_interrupted', reachedVendor: true });
    });

    it.each(Object.entries(stream.incomplete))('%s: is never a success', async (_name, wire) => {
      harness.server().play(answer(wire));
      expect(await failureOf(read(harness.provider()))).toMatchObject({ code: 'stream_interrupted' });
    });
  });

  it.each(stream.errors.map((fixture) => [fixture.name, fixture] as const))(
    'an error inside the stream: %s',
    async (_name, fixture) => {
      harness.server().play(answer(fixture.answer));
      expect(await failureOf(read(harness.provider()))).toMatchObject({ name: 'ProviderError', code: fixture.code });
    },
  );

  describeUsage('stream', async (variant) => {
    harness.server().play(answer(stream.withUsage(variant)));
    const end = (await read(harness.provider())).at(-1);
    return end?.type === 'end' ? end.reply : undefined;
  });
}

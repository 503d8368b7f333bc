import { setImmediate } from 'node:timers/promises';
import { countPromptTokens } from './count-prompt-tokens.js';

const GPT_4O = { providerKind: 'openai', providerModel: 'gpt-4o' } as const;
/** Rare ideographs, which take a tokenizer longest. */
const ideographs = (length: number): string =>
  Array.from({ length }, (_, index) => String.fromCharCode(0x4e00 + ((index * 7_919) % 20_000))).join('');

describe('counting a prompt', () => {
  beforeAll(async () => {
    await countPromptTokens({ prompt: 'warm' }, GPT_4O);
  });

  it.each([
    ['one long text', { prompt: ideographs(40_000) }],
    [
      'many texts',
      { messages: Array.from({ length: 40 }, () => ({ role: 'user' as const, content: ideographs(1_000) })) },
    ],
  ])('lets others have their turn: %s', async (_, request) => {
    let turns = 0;
    let counting = true;
    const counted = countPromptTokens(request, GPT_4O).finally(() => (counting = false));
    while (counting) {
      turns += 1;
      await setImmediate();
    }
    expect(await counted).toBeGreaterThan(40_000);
    expect(turns).toBeGreaterThanOrEqual(7);
  });

  it('ends when nobody waits for it any more', async () => {
    const given = new AbortController();
    const counted = countPromptTokens({ prompt: ideographs(300_000) }, GPT_4O, given.signal);
    await setImmediate();
    given.abort(new Error('gone'));
    await expect(counted).rejects.toThrow('gone');
  });
});

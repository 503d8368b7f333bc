import fc from 'fast-check';
import { type Sampler, samplerOf, sampleToken } from './sample-token.js';

const PLAIN: Sampler = { temperature: 1, topP: 1, topK: 0, frequencyPenalty: 0, presencePenalty: 0 };
/** Logits whose probabilities at temperature 1 are 0.5, 0.3, 0.15 and 0.05, out of order. */
const LOGITS = [0.15, 0.5, 0.05, 0.3].map(Math.log);

function draw(place: number, sampler: Partial<Sampler> = {}, counts = new Map<number, number>()): number {
  return sampleToken(Float32Array.from(LOGITS), counts, { ...PLAIN, ...sampler }, () => place);
}

/** How often each token is drawn, of a hundred places over the whole range. */
function shares(sampler: Partial<Sampler> = {}): readonly number[] {
  const drawn = Array.from({ length: 100 }, (_, index) => draw((index + 0.5) / 100, sampler));
  return LOGITS.map((_, token) => drawn.filter((each) => each === token).length);
}

describe('the next token', () => {
  it('is the likeliest at temperature 0', () => {
    expect(shares({ temperature: 0, topP: 0.1 })).toEqual([0, 100, 0, 0]);
  });

  it('is drawn by its probability', () => {
    expect(shares()).toEqual([15, 50, 5, 30]);
  });

  it('is drawn more evenly when it is hot, less so when it is cold', () => {
    const [, likely = 0, unlikely = 0] = shares({ temperature: 2 });
    expect(likely).toBeLessThan(45);
    expect(unlikely).toBeGreaterThan(8);
    expect(shares({ temperature: 0.05 })).toEqual([0, 100, 0, 0]);
  });

  it.each([
    [{ topP: 0 }, [0, 100, 0, 0]],
    [{ topP: 0.5 }, [0, 100, 0, 0]],
    [{ topP: 0.51 }, [0, 63, 0, 37]],
    [{ topP: 0.9 }, [16, 53, 0, 31]],
    [{ topK: 1 }, [0, 100, 0, 0]],
    [{ topK: 2 }, [0, 63, 0, 37]],
    [{ topK: 3, topP: 0.6 }, [0, 63, 0, 37]],
    [{ topK: 9 }, [15, 50, 5, 30]],
  ] as const)('is one of those that %j leaves', (sampler, expected) => {
    const drawn = shares(sampler);
    for (const [token, share] of expected.entries())
      expect(Math.abs((drawn[token] ?? 0) - share)).toBeLessThanOrEqual(1);
  });

  it('is less likely to come again with penalties', () => {
    const counts = new Map([[1, 3]]);
    expect(draw(0, { temperature: 0, presencePenalty: 0.4 }, counts)).toBe(1);
    expect(draw(0, { temperature: 0, presencePenalty: 0.6 }, counts)).toBe(3);
    expect(draw(0, { temperature: 0, frequencyPenalty: 0.2 }, counts)).toBe(3);
    expect(draw(0, { temperature: 0, frequencyPenalty: -1 }, new Map([[2, 3]]))).toBe(2);
  });

  it('is found among the few that matter, as it is among all', () => {
    const logits = fc.array(fc.float({ min: -40, max: 10, noNaN: true }), { minLength: 1, maxLength: 60 });
    const sampler = fc.record({ topP: fc.double({ min: 0, max: 0.99, noNaN: true }), topK: fc.nat(20) });
    fc.assert(
      fc.property(logits, sampler, fc.double({ min: 0, max: 0.999, noNaN: true }), (given, { topP, topK }, place) => {
        const token = sampleToken(Float32Array.from(given), new Map(), { ...PLAIN, topP, topK }, () => place);
        // How many tokens are surely likelier, and what they weigh together.
        const chosen = given[token] ?? NaN;
        const better = given.filter((logit) => logit > chosen + 1e-6);
        const weigh = (list: readonly number[]): number => list.reduce((sum, logit) => sum + Math.exp(logit), 0);
        if (topK > 0) expect(better.length).toBeLessThan(topK);
        else expect(weigh(better)).toBeLessThanOrEqual(topP * weigh(given) * (1 + 1e-6) + 1e-30);
      }),
    );
  });
});

describe('how tokens are picked', () => {
  const own = { do_sample: true, temperature: 0.6, top_p: 0.95, top_k: 20 };

  it.each([
    ['nothing said, a model without habits', {}, {}, { temperature: 0 }],
    ['nothing said, a model with habits', {}, own, { temperature: 0.6, topP: 0.95, topK: 20 }],
    ['a model whose habits are off', {}, { ...own, do_sample: false }, { temperature: 0 }],
    ['a request over habits', { temperature: 0, topP: 1, topK: 5 }, own, { temperature: 0, topP: 1, topK: 5 }],
    ['a request that wants chance', { topP: 0.9 }, {}, { temperature: 1, topP: 0.9 }],
    ['a seed, which asks for chance', { seed: 1 }, {}, { temperature: 1 }],
    [
      'penalties',
      { frequencyPenalty: 1, presencePenalty: 2 },
      {},
      { frequencyPenalty: 1, presencePenalty: 2, temperature: 0 },
    ],
  ] as const)('%s', (_name, wished, habits, expected) => {
    expect(samplerOf(wished, habits)).toEqual({ ...PLAIN, ...expected });
  });
});

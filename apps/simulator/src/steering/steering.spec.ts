import { readSteering, withoutFaults, type Steering } from './steering.js';

function read(header?: string, model?: string, metadata?: string): Steering {
  return readSteering({ header, model, metadata });
}

const PLAIN = read();

describe('readSteering', () => {
  it('reads every key of the header', () => {
    expect(read('latency=200,status=429,retry-after=2,cut=50,chunk=10,tokens=64')).toEqual({
      ...PLAIN,
      latencyMs: 200,
      status: 429,
      retryHeaders: { 'retry-after': '2' },
      cutBytes: 50,
      chunkCharacters: 10,
      tokens: 64,
    });
    expect(read(' pace=5 , hang=1,usage=none,fail-after=3,body=half,times=2,')).toEqual({
      ...PLAIN,
      paceMs: 5,
      hang: true,
      usage: 'none',
      failAfter: 3,
      body: 'half',
      times: 2,
    });
  });

  it('reads the same from the name of a model', () => {
    expect(read(undefined, 'sim-latency-200,status-429,retry-after-2')).toEqual(
      read('latency=200,status=429,retry-after=2'),
    );
    expect(read(undefined, 'sim-retry-after-ms-1500,retry-after--1').retryHeaders).toEqual({
      'retry-after': '-1',
      'retry-after-ms': '1500',
    });
  });

  it.each([
    'sim-chat',
    'sim-chat-2',
    'sim-embedding',
    'sim-image',
    'sim-',
    'sim-tokens',
    'gpt-4',
    'latency-200',
    'simple',
  ])('takes %s for a plain name', (model) => {
    expect(read(undefined, model)).toEqual(PLAIN);
  });

  it('prefers the header to the metadata, and that to the name', () => {
    expect(read('latency=1', 'sim-latency-3,tokens-9,chunk-7', 'latency=2,chunk=5')).toEqual({
      ...PLAIN,
      latencyMs: 1,
      chunkCharacters: 5,
      tokens: 9,
    });
  });

  it.each([
    ['latensy=200', undefined, /x-simulate: unknown key "latensy"; known are latency,/],
    ['latency', undefined, /"" is no value for latency/],
    ['latency=-1', undefined, /"-1" is no value for latency/],
    ['status=200', undefined, /"200" is no value for status/],
    ['__proto__=1', undefined, /unknown key "__proto__"/],
    [undefined, 'sim-latency-200,statis-429', /model: unknown key "statis-429"/],
    [undefined, 'sim-latency-soon', /model: "soon" is no value for latency/],
  ])('refuses %s %s', (header, model, message) => {
    expect(() => read(header, model)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringMatching(message) }),
    );
  });

  it('tells a date as the wire does', () => {
    const { retryHeaders } = read('retry-after-date=60');
    const inMs = Date.parse(retryHeaders['retry-after'] ?? '') - Date.now();
    expect(inMs).toBeGreaterThan(57_000);
    expect(inMs).toBeLessThanOrEqual(60_000);
  });

  it('can leave out the faults and keep the rest', () => {
    expect(withoutFaults(read('latency=5,status=500,cut=1,hang=1,tokens=4,body=html,fail-after=1,times=1'))).toEqual({
      ...PLAIN,
      latencyMs: 5,
      tokens: 4,
    });
  });
});

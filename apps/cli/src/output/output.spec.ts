import { describe, expect, it } from '@jest/globals';
import { explainFailure } from './explain-failure.js';
import { escapeText, excerpt } from './escape-text.js';
import { createJsonSink, createReadableSink } from './log-sink.js';
import { Progress } from './progress.js';
import { formatTable } from './table.js';

function written(): { readonly texts: string[]; readonly write: (text: string) => void } {
  const texts: string[] = [];
  return { texts, write: (text) => void texts.push(text) };
}

describe('escapeText', () => {
  it('shows what a terminal would obey', () => {
    expect(escapeText('\u001b[31mred\u0007\r\n\u009b2J\u202eabc\u0000 ünïcode 🚂')).toBe(
      '\\u001b[31mred\\u0007\\r\\n\\u009b2J\\u202eabc\\u0000 ünïcode 🚂',
    );
    expect(escapeText('half \ud83d')).toBe('half \\ud83d');
  });

  it('cuts whole characters', () => {
    expect(excerpt('one\n\n two   three', 40)).toBe('one two three');
    expect(excerpt('🚂🚂🚂🚂', 3)).toBe('🚂🚂…');
  });
});

describe('formatTable', () => {
  it('aligns columns by what a terminal shows', () => {
    const rows = [
      ['one', '5', 'a'],
      ['日本', '1500', ''],
    ];
    expect(formatTable([{ title: 'Job' }, { title: 'Cost', align: 'right' }, { title: 'Result' }], rows)).toEqual([
      'Job   Cost  Result',
      '────  ────  ──────',
      'one      5  a',
      '日本  1500',
    ]);
  });
});

describe('the log', () => {
  const line = JSON.stringify({
    level: 'warn',
    time: '2026-11-21T07:00:00Z',
    app: 'api',
    pid: 1,
    message: 'slow\u001b[2J',
    ms: 5,
    error: { message: 'no', stack: 'x' },
  });

  it('is passed on as it came for machines, every line JSON', () => {
    const { texts, write } = written();
    const sink = createJsonSink(write);
    sink.line('api', line);
    sink.line('api', 'plain words');
    expect(texts[0]).toBe(`${line}\n`);
    expect(JSON.parse(texts[1] ?? '')).toMatchObject({ level: 'error', app: 'api', message: 'plain words' });
  });

  it('is short for a human, and obeyed by no terminal', () => {
    const { texts, write } = written();
    createReadableSink({ write, colors: false }).line('api', line);
    expect(texts[0]).toMatch(/^\d\d:\d\d:\d\d api {12}warn {2}slow\\u001b\[2J ms=5 error=no\n$/);
  });
});

describe('Progress', () => {
  it('changes one line of a terminal', () => {
    const { texts, write } = written();
    const progress = new Progress({ write, live: true });
    progress.say('working');
    progress.done('worked');
    const clear = '\r\u001b[2K';
    expect(texts.join('')).toBe(`${clear}⠙ working${clear}✓ worked\n`);
  });

  it('writes lines elsewhere, none twice', () => {
    const { texts, write } = written();
    const progress = new Progress({ write, live: false });
    progress.say('working');
    progress.say('working');
    progress.done('worked');
    expect(texts).toEqual(['… working\n', '✓ worked\n']);
  });
});

describe('explainFailure', () => {
  it('gives a line to each fault of the configuration', () => {
    const error = Object.assign(new Error('PORT: must be a number\nmodels[0].price: is missing'), {
      name: 'ConfigurationError',
    });
    expect(explainFailure(error)).toEqual([
      'The configuration cannot be used:',
      '  PORT: must be a number',
      '  models[0].price: is missing',
    ]);
    expect(explainFailure(new Error('no'))).toEqual(['no']);
  });
});

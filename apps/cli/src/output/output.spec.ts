import { describe, expect, it } from '@jest/globals';
import { explainFailure } from './explain-failure.js';
import { escapeText, excerpt } from './escape-text.js';
import { createJsonSink, createReadableSink } from './log-sink.js';
import { Progress } from './progress.js';
import { outputWidth } from './output-width.js';
import { cutText, formatTable } from './table.js';

function written(): { readonly texts: string[]; readonly write: (text: string) => void } {
  const texts: string[] = [];
  return { texts, write: (text) => void texts.push(text) };
}

/** Of characters that are one column wide, or two where they are Chinese. */
const shownWidth = (line: string): number => line.length + (line.match(/[日本]/g)?.length ?? 0);

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

describe('a table that must fit', () => {
  const columns = [{ title: 'Job' }, { title: 'Cost', align: 'right' as const }, { title: 'Result' }];
  const rows = [
    ['one', '5', 'a result that is rather long, 日本日本'],
    ['a model of a long name', '1500', 'short'],
  ];

  it.each([20, 30, 40, 60, 80])('takes no more than %d columns, by what is widest', (limit) => {
    for (const line of formatTable(columns, rows, limit)) expect(shownWidth(line)).toBeLessThanOrEqual(limit);
  });

  it('shows what is left out, and leaves alone what fits', () => {
    expect(formatTable(columns, rows, 40)).toEqual([
      'Job               Cost  Result',
      '────────────────  ────  ────────────────',
      'one                  5  a result that i…',
      'a model of a lo…  1500  short',
    ]);
    expect(formatTable(columns, rows, 80)).toEqual(formatTable(columns, rows));
    expect(cutText('日本日本', 6)).toBe('日本…');
  });
});

describe('outputWidth', () => {
  it("is the terminal's where it tells, and 80 columns where there is none", () => {
    expect(outputWidth({ isTTY: false, columns: 0 })).toBe(80);
    expect(outputWidth({ isTTY: true, columns: 132 })).toBe(132);
    expect(outputWidth({ isTTY: true, columns: 0 })).toBeUndefined();
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

  it('never lets that line wrap', () => {
    const { texts, write } = written();
    const progress = new Progress({ write, live: true, width: 8 });
    progress.say('working hard');
    progress.end();
    expect(texts[0]).toBe('\r\u001b[2K⠙ worki…');
  });

  it('writes lines elsewhere, none twice and none that only counts', () => {
    const { texts, write } = written();
    const progress = new Progress({ write, live: false });
    progress.say('working');
    progress.say('working');
    progress.update('1 of 2');
    progress.say('working');
    progress.done('worked');
    progress.note('Stopping…');
    expect(texts).toEqual(['… working\n', '✓ worked\n', 'Stopping…\n']);
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

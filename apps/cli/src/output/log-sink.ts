import { escapeText, excerpt } from './escape-text.js';

/** Takes what processes write, line by line. */
export interface LogSink {
  /** A line that a process wrote to its standard output or error. */
  line(app: string, text: string): void;
}

interface SinkOptions {
  readonly write: (text: string) => void;
  readonly colors: boolean;
}

const LEVEL_COLORS: Readonly<Record<string, string>> = {
  debug: '90',
  info: '32',
  warn: '33',
  error: '31',
  fatal: '31',
};
const HIDDEN = new Set(['level', 'time', 'app', 'pid', 'message', 'module', 'hostname']);
const LONGEST_VALUE = 300;
const APP_WIDTH = 14;

/** For machines: JSON lines as the apps wrote them; what is no JSON is wrapped, so that every line is. */
export function createJsonSink(write: (text: string) => void): LogSink {
  return {
    line(app, text) {
      const line = parseLine(text)
        ? text
        : JSON.stringify({ level: 'error', time: new Date().toISOString(), app, message: text });
      write(`${line}\n`);
    },
  };
}

/** For a human at a terminal: time, app, level, message, and what else the line says. */
export function createReadableSink({ write, colors }: SinkOptions): LogSink {
  const paint = (code: string, text: string): string => (colors ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    line(app, text) {
      const fields = parseLine(text) ?? { level: 'error', message: text };
      const level = typeof fields['level'] === 'string' ? fields['level'] : 'info';
      const time = typeof fields['time'] === 'string' ? new Date(fields['time']) : new Date();
      const message = escapeText(typeof fields['message'] === 'string' ? fields['message'] : '');
      const rest = Object.entries(fields).filter(([name]) => !HIDDEN.has(name));
      const details = rest.map(([name, value]) => `${escapeText(name)}=${excerpt(valueText(value), LONGEST_VALUE)}`);
      const parts = [
        paint('90', time.toLocaleTimeString('en-GB')),
        app.padEnd(APP_WIDTH),
        paint(LEVEL_COLORS[level] ?? '0', level.padEnd(5)),
        message,
        ...(details.length > 0 ? [paint('90', details.join(' '))] : []),
      ];
      write(`${parts.join(' ')}\n`);
    },
  };
}

function parseLine(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Of an error its message: where it was raised stands in the JSON form. */
function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string')
    return value.message;
  return JSON.stringify(value) ?? '';
}

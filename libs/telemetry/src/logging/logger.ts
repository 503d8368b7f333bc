import { destination, pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { LOG_LEVELS, LevelTable, parseLogLevels, type LogLevel, type LogLevels } from './log-levels.js';
import { maskFields, maskLine } from './mask-fields.js';

type WrittenLevel = Exclude<LogLevel, 'silent'>;

/** What belongs to a line besides its message. Errors go under `error`. Secrets are masked, content never belongs here. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line of JSON for each call, to the standard output. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** Whether a line of this level would be written; to save the work of gathering fields for one that would not. */
  isEnabled(level: WrittenLevel): boolean;
  /** A logger whose lines all carry these fields too. */
  child(fields: LogFields): Logger;
  /** A logger for one module, with the level that `LOG_LEVEL` gives to that name. */
  module(name: string): Logger;
}

/** The logger of a process, from which all others are made. */
export interface RootLogger extends Logger {
  /** Changes what this logger and all made from it write, from the next line on. */
  setLevels(levels: LogLevels): void;
  /** Writes what is still in memory, before returning. Happens at exit by itself. */
  flush(): void;
}

interface LoggerOptions {
  /** The app's name, on every line as `app`. */
  readonly name: string;
  /** In the form of `LOG_LEVEL`; `info` when absent. */
  readonly level?: string | undefined;
  /** Where lines go instead of the standard output; each ends in a newline. */
  readonly destination?: { write(line: string): void };
}

class Lines implements Logger {
  constructor(
    private readonly pino: PinoLogger,
    protected readonly levels: LevelTable,
    private readonly threshold: { readonly rank: number },
  ) {}

  debug(fields: LogFields, message: string): void {
    this.write('debug', fields, message);
  }

  info(fields: LogFields, message: string): void {
    this.write('info', fields, message);
  }

  warn(fields: LogFields, message: string): void {
    this.write('warn', fields, message);
  }

  error(fields: LogFields, message: string): void {
    this.write('error', fields, message);
  }

  isEnabled(level: WrittenLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.threshold.rank;
  }

  child(fields: LogFields): Logger {
    return new Lines(this.pino.child(maskFields(fields)), this.levels, this.threshold);
  }

  module(name: string): Logger {
    return new Lines(this.pino.child({ module: name }), this.levels, this.levels.thresholdOf(name));
  }

  private write(level: WrittenLevel, fields: LogFields, message: string): void {
    if (this.isEnabled(level)) this.pino[level](maskFields(fields), maskLine(message));
  }
}

class RootLines extends Lines implements RootLogger {
  constructor(
    pino: PinoLogger,
    levels: LevelTable,
    private readonly flushLines: () => void,
  ) {
    super(pino, levels, levels.thresholdOf(undefined));
  }

  setLevels(levels: LogLevels): void {
    this.levels.replace(levels);
  }

  flush(): void {
    this.flushLines();
  }
}

/**
 * The logger of this process: JSON lines with `level`, `time`, `app`, `pid`, `message`, the fields, and `module` where
 * a module wrote them. Lines are written without waiting for the reader; what is in memory at exit is written then.
 * @throws Error when the level is not understood.
 */
export function createLogger(options: LoggerOptions): RootLogger {
  const levels = new LevelTable(parseLogLevels(options.level));
  const standardOutput = options.destination ? undefined : destination({ fd: 1, sync: false });
  const stream: DestinationStream = options.destination ?? standardOutput ?? process.stdout;
  const lines = pino(
    {
      // The level table decides what is written, since it may change; pino passes everything.
      level: 'debug',
      base: { app: options.name, pid: process.pid },
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    stream,
  );
  return new RootLines(lines, levels, () => standardOutput?.flushSync());
}

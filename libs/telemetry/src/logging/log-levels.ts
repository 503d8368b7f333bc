export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** `silent` writes nothing at all. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What is written: one level for everything, and others for single modules. */
export interface LogLevels {
  readonly standard: LogLevel;
  readonly modules: Readonly<Record<string, LogLevel>>;
}

function isLogLevel(text: string): text is LogLevel {
  return (LOG_LEVELS as readonly string[]).includes(text);
}

/**
 * Reads `LOG_LEVEL`: comma-separated, one bare level and any number of `module=level`
 * (`info,provider-kit=debug`). Absent, empty or without a bare level: `info`.
 * @throws Error that names the part at fault and what may stand there.
 */
export function parseLogLevels(text: string | undefined): LogLevels {
  let standard: LogLevel = 'info';
  const modules = new Map<string, LogLevel>();
  for (const part of (text ?? '').split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    const separator = part.indexOf('=');
    const level = part
      .slice(separator + 1)
      .trim()
      .toLowerCase();
    if (!isLogLevel(level) || separator === 0) {
      const allowed = LOG_LEVELS.join(', ');
      throw new Error(`LOG_LEVEL: "${part}" is not understood; write a level (${allowed}) or module=level.`);
    }
    if (separator < 0) standard = level;
    else modules.set(part.slice(0, separator).trim(), level);
  }
  return { standard, modules: Object.fromEntries(modules) };
}

/** The lowest level that one module writes now; the same object for as long as the process lives. */
interface Threshold {
  rank: number;
}

/** The levels in force. They can change while the process runs, and every logger follows at once. */
export class LevelTable {
  private levels: LogLevels;
  private readonly standard: Threshold;
  private readonly modules = new Map<string, Threshold>();

  constructor(levels: LogLevels) {
    this.levels = levels;
    this.standard = { rank: LOG_LEVELS.indexOf(levels.standard) };
  }

  thresholdOf(module: string | undefined): Threshold {
    if (module === undefined) return this.standard;
    const known = this.modules.get(module);
    if (known) return known;
    const threshold = { rank: this.rankOf(module) };
    this.modules.set(module, threshold);
    return threshold;
  }

  replace(levels: LogLevels): void {
    this.levels = levels;
    this.standard.rank = LOG_LEVELS.indexOf(levels.standard);
    for (const [module, threshold] of this.modules) threshold.rank = this.rankOf(module);
  }

  private rankOf(module: string): number {
    const level = Object.hasOwn(this.levels.modules, module) ? this.levels.modules[module] : undefined;
    return LOG_LEVELS.indexOf(level ?? this.levels.standard);
  }
}

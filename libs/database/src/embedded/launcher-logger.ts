/** What the launcher says, a line at a time; a pino logger is one. */
export interface LauncherLogger {
  info(message: string): void;
  warn(message: string): void;
}

export const SILENT: LauncherLogger = { info: () => undefined, warn: () => undefined };

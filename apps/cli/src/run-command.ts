import { parseArgs } from 'node:util';
import { explainFailure } from './output/explain-failure.js';

const USAGE = `switchyard <command>

  start     everything on this machine: Postgres unless DATABASE_URL is set, API, courier, simulator, workers
  demo      a tour on a free port with data of its own: jobs, results, costs; about ten seconds
  migrate   brings the database at DATABASE_URL to what this version needs
  overlay   list: what was changed through the control plane; drop <collection/name> …: takes changes out again

The environment is described in the README.
`;

type Command = (words: readonly string[]) => Promise<number>;

/** Loaded when asked for: each stands on much of the product. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start/start-command.js')).start,
  demo: async () => (await import('./demo/demo-command.js')).demo,
  migrate: async () => (await import('./migrate-command.js')).migrate,
  overlay: async () => (await import('./overlay/overlay-command.js')).overlay,
};

/** Runs one command to its end. @returns the status to exit with: 0 done, 1 failed, 2 not understood */
export async function runCommand(words: readonly string[]): Promise<number> {
  const asked = readWords(words);
  if (asked.help) return write(process.stdout, USAGE, 0);
  if (asked.fault !== undefined) return write(process.stderr, `${asked.fault}\n\n${USAGE}`, 2);
  try {
    const command = await COMMANDS[asked.command]?.();
    return command
      ? await command(asked.words)
      : write(process.stderr, `There is no command "${asked.command}".\n\n${USAGE}`, 2);
  } catch (error) {
    return write(process.stderr, `${explainFailure(error).join('\n')}\n`, 1);
  }
}

interface Asked {
  readonly command: string;
  /** What follows the command. */
  readonly words: readonly string[];
  readonly help: boolean;
  readonly fault?: string;
}

function readWords(words: readonly string[]): Asked {
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    const [command = '', ...rest] = positionals;
    const help = values.help === true || command === '' || command === 'help';
    const takesWords = rest.length === 0 || command === 'overlay';
    return { command, words: rest, help, ...(takesWords ? {} : { fault: `"${rest[0] ?? ''}" is one word too many.` }) };
  } catch (error) {
    return {
      command: '',
      words: [],
      help: false,
      fault: error instanceof Error ? error.message : 'The options are not understood.',
    };
  }
}

function write(stream: NodeJS.WriteStream, text: string, status: number): number {
  stream.write(text);
  return status;
}

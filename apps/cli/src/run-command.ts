import { parseArgs } from 'node:util';
import { explainFailure } from './output/explain-failure.js';

const USAGE = `switchyard <command>

  start     everything on this machine: Postgres unless DATABASE_URL is set, API, courier, simulator, workers
  demo      a tour on a free port with data of its own: jobs, results, costs; about ten seconds
  migrate   brings the database at DATABASE_URL to what this version needs
  ledger check [--day 2026-11-20]
            adds the whole ledger up, and holds the usage of that day, or of any, against its lines; 1 if it does not fit
  auth test <provider>
            has a worker of the provider fetch a fresh token: its kind, length and expiry; 1 if there is none
  models check
            which models each vendor has new or no more, and which have no price, as the courier found last
  overlay   list: what was changed through the control plane; drop <collection/name> …: takes changes out again

The environment is described in the README.
`;

/** What may stand after a command. */
export interface CommandOptions {
  readonly words: readonly string[];
  readonly day?: string | undefined;
}

type Command = (options: CommandOptions) => Promise<number>;

/** Loaded when asked for: each stands on much of the product. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start/start-command.js')).start,
  demo: async () => (await import('./demo/demo-command.js')).demo,
  migrate: async () => (await import('./migrate-command.js')).migrate,
  'ledger check': async () => (await import('./ledger/check-ledger-command.js')).checkLedger,
  'auth test': async () => (await import('./providers/auth-test-command.js')).testAuth,
  'models check': async () => (await import('./providers/models-check-command.js')).checkModels,
  overlay: async () => (await import('./overlay/overlay-command.js')).overlay,
};

const TAKES_WORDS = ['overlay', 'auth test'];

/** Runs one command to its end. @returns the status to exit with: 0 done, 1 failed, 2 not understood */
export async function runCommand(words: readonly string[]): Promise<number> {
  const asked = readWords(words);
  if (asked.help) return write(process.stdout, USAGE, 0);
  if (asked.fault !== undefined) return write(process.stderr, `${asked.fault}\n\n${USAGE}`, 2);
  try {
    const load = Object.hasOwn(COMMANDS, asked.command) ? COMMANDS[asked.command] : undefined;
    const command = await load?.();
    return command
      ? await command({ words: asked.words, day: asked.day })
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
  readonly day?: string | undefined;
  readonly fault?: string;
}

function readWords(words: readonly string[]): Asked {
  try {
    const options = { help: { type: 'boolean', short: 'h' }, day: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    const said = positionals.join(' ');
    const command = Object.keys(COMMANDS).find((name) => `${said} `.startsWith(`${name} `)) ?? said;
    const rest = said.slice(command.length).trim();
    const help = values.help === true || said === '' || said === 'help';
    const fault =
      rest !== '' && !TAKES_WORDS.includes(command)
        ? `"${rest.split(' ')[0] ?? ''}" is one word too many.`
        : values.day !== undefined && command !== 'ledger check'
          ? '--day belongs to "ledger check".'
          : undefined;
    const after = rest === '' ? [] : positionals.slice(command.split(' ').length);
    return { command, words: after, help, day: values.day, ...(fault === undefined ? {} : { fault }) };
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

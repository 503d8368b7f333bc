import { StartError } from '@switchyard/config/launch';
import { openDatabase } from '@switchyard/database';
import { openProviderDesk, readToken } from '@switchyard/jobs';
import { escapeText } from '../output/escape-text.js';
import type { CommandOptions } from '../run-command.js';
import { runningDatabase } from '../start/running-database.js';

const LIMIT_MS = 30_000;

/** Has a worker of a provider fetch a fresh token. @returns the status to exit with: 0 there is one, 1 there is none */
export async function testAuth({ words: [provider, ...more] }: CommandOptions): Promise<number> {
  if (provider === undefined || more.length > 0) throw new StartError('Say `auth test <provider>`, with its name.');
  const url = await runningDatabase();
  const database = openDatabase({ url, applicationName: 'switchyard auth test', poolSize: 1 });
  try {
    // Without signals: the worker looks every two seconds anyway.
    const desk = await openProviderDesk(database);
    const outcome = await desk.ask({ provider, kind: 'token' }, { limitMs: LIMIT_MS });
    desk.close();
    if (outcome.state === 'untaken') {
      throw new StartError(`No worker of "${provider}" took the question. Is it configured, and does its worker run?`);
    }
    if (outcome.state === 'unanswered') throw new StartError(`The worker of "${provider}" did not answer in time.`);
    const answered = readToken(outcome.answer);
    if ('error' in answered) throw new StartError(answered.error.message);
    const { kind, length, expiresAt } = answered.answer;
    const lasts = expiresAt === null ? 'does not say when it expires' : `expires at ${expiresAt}`;
    const line =
      length === 0 ? `${provider}: nothing is sent (${kind})` : `${provider}: ${kind}, ${length} characters, ${lasts}`;
    process.stdout.write(`${escapeText(line)}\n`);
    return 0;
  } finally {
    await database.close();
  }
}

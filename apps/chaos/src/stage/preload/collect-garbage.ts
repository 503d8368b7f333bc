import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into a process before its app: SIGUSR2 has it collect its garbage and give the room back to the system, so that
 * what it has then is what it holds.
 */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (how: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;
process.on('SIGUSR2', () => collect({ type: 'major', flavor: 'last-resort' }));

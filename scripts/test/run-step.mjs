import { spawn } from 'node:child_process';

/** Longer than any step takes on two slow cores; a step that hangs fails the run instead of holding it. */
const BOUND_MS = 15 * 60_000;

/**
 * Runs one step of the test command and prints a line with its outcome and time. What a step writes is shown when it
 * fails, or at once where it is `live`. Answers whether it passed.
 * @param {{ name: string, words: string[], live?: boolean, environment?: Record<string, string> }} step words: a
 *   script of Node and its arguments.
 */
export function runStep({ name, words, live = false, environment = {} }) {
  return new Promise((fulfil) => {
    const started = performance.now();
    let output = '';
    if (live) console.log(`▸ ${name}`);
    const child = spawn(process.execPath, words, {
      env: { ...process.env, ...environment },
      stdio: live ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      timeout: BOUND_MS,
    });
    child.stdout?.on('data', (data) => (output += data));
    child.stderr?.on('data', (data) => (output += data));
    child.once('error', (error) => (output += error.message));
    child.once('close', (code, signal) => {
      const passed = code === 0;
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(7);
      console.log(`${passed ? '✓' : '✗'} ${name.padEnd(24)}${seconds} s${signal ? `  (ended by ${signal})` : ''}`);
      if (!passed && output) console.log(output.trimEnd().replace(/^/gm, '    '));
      fulfil(passed);
    });
  });
}

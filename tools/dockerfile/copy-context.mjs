import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

/** The patterns of a .dockerignore; none here takes something back with `!`. */
function readPatterns(root) {
  return readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
}

/** Copies the tree as a builder would be sent it: what git knows or would, less what .dockerignore leaves out. */
export function copyContext(root, target) {
  const patterns = readPatterns(root);
  const ignored = (file) => {
    const parts = file.split('/');
    return parts.some((_, end) => patterns.some((pattern) => matchesGlob(parts.slice(0, end + 1).join('/'), pattern)));
  };
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 };
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options);
  for (const file of new Set(files.split('\0').filter(Boolean))) {
    if (!ignored(file) && existsSync(join(root, file))) cpSync(join(root, file), join(target, file));
  }
}

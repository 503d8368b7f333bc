import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Writes the Prisma client from the schema, and does nothing where the schema is the one it was last written from. */
const root = resolve(import.meta.dirname, '..');
const schema = resolve(root, 'prisma/schema.prisma');
const generated = resolve(root, 'libs/database/src/generated');
const stamp = resolve(generated, 'schema.sha256');
const prisma = resolve(root, 'node_modules/prisma');

function digest() {
  const { version } = JSON.parse(readFileSync(resolve(prisma, 'package.json'), 'utf8'));
  return createHash('sha256').update(version).update(readFileSync(schema)).digest('hex');
}

function generate() {
  rmSync(generated, { recursive: true, force: true });
  // Every command of Prisma first wants its schema engine, downloads it where there is none, and fails offline.
  // Writing the client does not run it: any program that exists stands in for it.
  const environment = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve(prisma, 'build/index.js'), 'generate'], {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  if (status === 0) {
    writeFileSync(stamp, digest());
  } else {
    console.error(`prisma generate failed:\n${stdout}${stderr}`);
    process.exitCode = 1;
  }
}

if (existsSync(schema) && !(existsSync(stamp) && readFileSync(stamp, 'utf8') === digest())) generate();

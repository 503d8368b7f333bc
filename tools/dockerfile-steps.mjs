import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { copyContext } from './dockerfile/copy-context.mjs';
import { parseDockerfile } from './dockerfile/parse-dockerfile.mjs';
import { runStage, withNode } from './dockerfile/run-stage.mjs';

/**
 * Carries out the Dockerfile in empty folders, for machines without a container engine, and then starts every app from
 * what the last stage holds. Without an environment an app refuses to start, and says so; one whose packages were
 * pruned away, or never copied, fails to load instead, and that is what this looks for.
 */
const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'switchyard-image-'));
const MISSING = /ERR_MODULE_NOT_FOUND|Cannot find (package|module)|ERR_PACKAGE_PATH_NOT_EXPORTED/;

/** The apps that have a process of their own, by the folders that have a start. */
function apps() {
  return readdirSync(join(root, 'apps')).filter((app) =>
    readdirSync(join(root, 'apps', app, 'src')).includes('main.ts'),
  );
}

function startsUp({ folder: cwd, command, environment }, app) {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', command], {
    cwd,
    // Only what the image sets: an app that finds a database of this machine would stay up.
    env: { PATH: withNode(), DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', ...environment },
    encoding: 'utf8',
    timeout: 20_000,
  });
  const output = (stderr + stdout).trim();
  const loaded = output !== '' && !MISSING.test(output);
  console.log(`  ${loaded ? '✓' : '✗'} ${app} (exit ${status ?? 'none'}): ${loaded ? output.split('\n')[0] : output}`);
  return loaded;
}

/** The last stage for every app; what it copies is the same for all, and copied once. Answers how many do not load. */
function startEach(stage, place) {
  const further = { ...stage, steps: stage.steps.filter(({ instruction }) => instruction !== 'COPY') };
  return apps().filter((app, index) => {
    const result = runStage(index === 0 ? stage : further, { ...place, args: { APP: app } });
    return !startsUp(result, app);
  }).length;
}

try {
  const context = join(folder, 'context');
  mkdirSync(context);
  copyContext(root, context);
  const stages = new Map();
  let failures = 0;
  for (const [index, stage] of parseDockerfile(readFileSync(join(root, 'docker/Dockerfile'), 'utf8')).entries()) {
    const stageRoot = join(folder, `stage-${index}`);
    console.log(`FROM ${stage.base}${stage.name ? ` AS ${stage.name}` : ''}`);
    stages.set(stage.name ?? String(index), stageRoot);
    const place = { root: stageRoot, context, stages };
    if (stage.name) runStage(stage, { ...place, args: {} });
    else failures += startEach(stage, place);
  }
  if (failures > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

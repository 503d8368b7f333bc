import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { parsePairs } from './parse-dockerfile.mjs';

/** Longer than `npm ci` takes on two slow cores with nothing fetched before. */
const BOUND_MS = 8 * 60_000;

function substitute(text, variables) {
  return text.replace(/\$\{(\w+)\}/g, (whole, name) => variables[name] ?? whole);
}

/** The PATH of the image: the Node that runs this is the one that the base has. */
export function withNode() {
  return `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
}

/** A command whose bind mount is where it really is. */
function withMount(command, mount, { context, stages }) {
  const options = Object.fromEntries((mount ?? '').split(',').map((option) => option.split('=')));
  if (options.type !== 'bind') return command;
  const from = options.from ? stages.get(options.from) : context;
  return command.replaceAll(options.target, join(from, options.source));
}

/** What a COPY does: a folder's contents into a folder, a file into a folder or to a name. */
function copy(sources, target, from) {
  for (const source of sources) {
    const path = join(from, source);
    if (!existsSync(path)) throw new Error(`COPY finds no ${source}.`);
    const intoFolder = /(^|\/)\.?$/.test(target.given) && !statSync(path).isDirectory();
    const to = intoFolder ? join(target.path, basename(source)) : target.path;
    cpSync(path, to, { recursive: true, verbatimSymlinks: true });
  }
}

/**
 * Carries out a stage in a folder that stands for the root of its image.
 * @param {import('./parse-dockerfile.mjs').Stage} stage
 * @param {{ root: string, context: string, stages: Map<string, string>, args: Record<string, string> }} place
 *   stages: the folders of the stages before, by name; args: values of ARG.
 * @returns {{ folder: string, environment: Record<string, string>, command: string }} where and how its CMD would run.
 */
export function runStage(stage, { root, context, stages, args }) {
  const environment = {};
  const variables = {};
  let folder = root;
  let command = '';
  mkdirSync(root, { recursive: true });

  const doings = {
    ARG: (rest) => parsePairs(rest).forEach(([name, value]) => (variables[name] = args[name] ?? value ?? '')),
    ENV: (rest) => parsePairs(rest).forEach(([name, value]) => (environment[name] = value)),
    WORKDIR: (rest) => mkdirSync((folder = join(root, rest)), { recursive: true }),
    COPY: (rest, flags) => {
      const words = rest.split(/\s+/);
      const given = words.pop();
      const from = flags.from ? stages.get(flags.from) : context;
      copy(words, { given, path: resolve(folder, given) }, from);
    },
    RUN: (rest, flags) => {
      console.log(`  RUN ${rest}`);
      const { status } = spawnSync('sh', ['-c', withMount(rest, flags.mount, { context, stages })], {
        cwd: folder,
        env: { ...process.env, PATH: withNode(), ...variables, ...environment },
        stdio: 'inherit',
        timeout: BOUND_MS,
      });
      if (status !== 0) throw new Error(`RUN ${rest} failed.`);
    },
    CMD: (rest) => (command = rest),
    // Who it runs as, who asks after it and who may reach it is the container engine's.
    EXPOSE: () => undefined,
    USER: () => undefined,
    HEALTHCHECK: () => undefined,
  };
  for (const { instruction, flags, rest } of stage.steps) {
    doings[instruction](substitute(rest, { ...variables, ...environment }), flags);
  }
  return { folder, environment, command };
}

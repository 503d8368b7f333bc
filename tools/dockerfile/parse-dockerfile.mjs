/** What this project's Dockerfile may say. Another instruction is a fault here before it is one in a build. */
const UNDERSTOOD = ['ARG', 'CMD', 'COPY', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'RUN', 'USER', 'WORKDIR'];

/**
 * @typedef {{ instruction: string, flags: Record<string, string>, rest: string }} Step
 * @typedef {{ base: string, name: string | undefined, steps: Step[] }} Stage
 */

/** Lines without comments, continued ones joined. */
function logicalLines(text) {
  return text
    .replace(/^\s*#.*$\n?/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/** @returns {Step} */
function parseStep(line) {
  const [, instruction, words] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
  if (!UNDERSTOOD.includes(instruction)) throw new Error(`The Dockerfile says what is not understood: ${line}`);
  const flags = {};
  let rest = words;
  for (let match; (match = /^--([a-z-]+)=(\S+)\s+/.exec(rest)); rest = rest.slice(match[0].length)) {
    flags[match[1]] = match[2];
  }
  return { instruction, flags, rest };
}

/** @param {string} text @returns {Stage[]} */
export function parseDockerfile(text) {
  const stages = [];
  for (const step of logicalLines(text).map(parseStep)) {
    if (step.instruction === 'FROM') {
      const [base, , name] = step.rest.split(/\s+/);
      stages.push({ base, name, steps: [] });
    } else if (stages.length === 0) {
      throw new Error(`${step.instruction} stands before the first FROM.`);
    } else {
      stages.at(-1).steps.push(step);
    }
  }
  return stages;
}

/** `NAME=value` pairs of an ENV or ARG; a value of ARG may be missing. */
export function parsePairs(rest) {
  return rest.split(/\s+/).map((pair) => {
    const [name, ...value] = pair.split('=');
    return [name, value.length > 0 ? value.join('=') : undefined];
  });
}

/** Nothing else is imported before the version is known: older ones fail at the first line that they cannot read. */
const OLDEST = { major: 22, minor: 12 };

function nodeIsTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor);
}

if (nodeIsTooOld(process.versions.node)) {
  const wanted = `${OLDEST.major}.${OLDEST.minor}`;
  process.stderr.write(
    `Switchyard needs Node ${wanted} or newer and this is ${process.version}. \`npm start\` brings its own on Linux.\n`,
  );
  process.exit(1);
}

const { runCommand } = await import('./run-command.js');
process.exit(await runCommand(process.argv.slice(2)));

export {};

/**
 * Importing this ends the process, in one line, where its Node is older than the packages need. It is an app's first
 * import, and the only one that is not `await import()`: what an older Node cannot load fails in words of its own, and
 * before any line of the importing file has run.
 */
const OLDEST = { major: 22, minor: 19 };

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor)) {
  process.stderr.write(
    `Switchyard needs Node ${OLDEST.major}.${OLDEST.minor} or newer, and this is ${process.versions.node}. ` +
      'On Linux `npm ci` brings one, node_modules/.bin/node, and `npm start` uses it.\n',
  );
  process.exit(1);
}

export {};

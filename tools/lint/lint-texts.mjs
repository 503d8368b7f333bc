import process from 'node:process';
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

/**
 * Lints texts as if they stood in files, for the spec of the rules: a list of `{ file, code, typed }` on stdin, the
 * list of their messages on stdout. A process of its own, because ESLint and Nx do not load in Jest's module loader.
 * Without types a file need not exist; with them it must be one of libs/contract, whose program is small.
 */
const untyped = new ESLint({
  overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }],
});
const typed = new ESLint({
  overrideConfig: [
    {
      files: ['**/*.ts'],
      languageOptions: {
        parserOptions: {
          project: './libs/contract/tsconfig.json',
          // With CI=true the parser would take the files as they are on the disk in place of the texts.
          disallowAutomaticSingleRunInference: true,
        },
      },
    },
  ],
});

const results = [];
for (const { file, code, typed: needsTypes } of JSON.parse(await text(process.stdin))) {
  const [result] = await (needsTypes ? typed : untyped).lintText(code, { filePath: file });
  results.push(result.messages.map(({ ruleId, message }) => `${ruleId ?? 'parser'}: ${message}`));
}
process.stdout.write(JSON.stringify(results));

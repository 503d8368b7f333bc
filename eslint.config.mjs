import eslint from '@eslint/js';
import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { ARROWS, TEST_ENTRY_POINTS } from './tools/lint/arrows.mjs';
import { packagesInPlace } from './tools/lint/packages-in-place.mjs';
import { RESTRICTED_SYNTAX, RESTRICTED_SYNTAX_IN_TESTS } from './tools/lint/syntax.mjs';

// Without a stored project graph the rule about the arrows skips itself with a warning; so it is made first.
process.env.NX_DAEMON = 'false';
await createProjectGraphAsync({ exitOnError: false });

const SPECS = ['**/*.spec.ts'];
const FIXTURES = ['**/__fixtures__/**/*.ts'];

const boundaries = {
  depConstraints: ARROWS,
  banTransitiveDependencies: true,
  // Meant for browser bundles: a lib here is loaded late to spare a process its weight, and that is its user's matter.
  checkDynamicDependenciesExceptions: ['.*'],
};

/** Every line counts, comments and blank ones too: the reader scrolls past them all the same. */
const maxLines = (max) => ['error', { max, skipBlankLines: false, skipComments: false }];

export default defineConfig(
  { ignores: ['**/dist/', '**/generated/', 'coverage/', '.nx/', '.switchyard/'] },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@nx': nx, switchyard: { rules: { 'packages-in-place': packagesInPlace } } },
  },
  eslint.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': maxLines(250),
      'no-restricted-syntax': ['error', ...RESTRICTED_SYNTAX],
      'switchyard/packages-in-place': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.spec.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@nx/enforce-module-boundaries': ['error', boundaries],
      '@typescript-eslint/ban-ts-comment': 'error',
      // Files with decorators are left out by the rule itself: what is injected must stay a value.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      // Money is a branded bigint, which the rule does not take for one.
      '@typescript-eslint/no-unsafe-unary-minus': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // An interface asks for a promise; whoever fulfils it without waiting need not pretend to.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: SPECS,
    rules: { 'max-lines': maxLines(400) },
  },
  {
    files: [...SPECS, ...FIXTURES],
    rules: {
      'no-restricted-syntax': ['error', ...RESTRICTED_SYNTAX_IN_TESTS],
      '@nx/enforce-module-boundaries': ['error', { ...boundaries, allow: TEST_ENTRY_POINTS }],
      // A spec reads answers of unknown shape and says what it expects of them; that expectation is the check.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      // Node's own names, asked of Node.
      globals: Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly'])),
    },
  },
);

import { resolve } from 'node:path';

const setup = resolve(import.meta.dirname, 'tools/test-setup');

/** Shared Jest preset: native ES modules, TypeScript by SWC with legacy decorators and their metadata. */
export default {
  // Here and not only at the root, so that it also holds for one project alone; Jest runs a file once for all projects.
  globalSetup: resolve(setup, 'global-setup.mjs'),
  globalTeardown: resolve(setup, 'global-teardown.mjs'),
  setupFiles: [resolve(setup, 'errors-of-node.mjs')],
  testEnvironment: 'node',
  // A bound for what hangs, not a measure: Jest's own five seconds are short where two cores do everything at once.
  testTimeout: 30_000,
  testMatch: ['<rootDir>/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'json', 'node'],
  testEnvironmentOptions: { customExportConditions: ['@switchyard/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'] },
};

/**
 * One run over every project. Two workers, on two cores or twenty: the specs start servers and processes of their own,
 * and a bound that only holds on a large machine is no bound.
 */
export default {
  // A bound for what hangs, not a measure: Jest's own five seconds are short where two cores do everything at once.
  testTimeout: 30_000,
  maxWorkers: 2,
  projects: [
    '<rootDir>/apps/*/jest.config.js',
    '<rootDir>/libs/*/jest.config.js',
    '<rootDir>/tools/jest.config.js',
    '<rootDir>/docker/jest.config.js',
  ],
};

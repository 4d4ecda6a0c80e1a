const { testPathIgnorePatterns: _, ...base } = require('./jest.config');

/** `npm run e2e`, which sees to the servers. */
/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // Each file starts servers that use several cores, and looks at times.
  maxWorkers: 1,
  // A rule that has to hold for a minute, and to be resolved after.
  testTimeout: 300_000,
};

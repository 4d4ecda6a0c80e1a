const { testPathIgnorePatterns: _, ...base } = require('./jest.config');

/** `npm run e2e`, which sees to the servers. */
/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // They mostly wait; more at a time would be a load that they are not about.
  maxWorkers: 2,
  // A rule that has to hold for a minute, and to be resolved after.
  testTimeout: 600_000,
};

const { testPathIgnorePatterns: _, ...base } = require('./jest.config');

/** `npm run setups`, which serves our packages to the applications. */
/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/setups/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 2,
  // The first run of a set-up installs its packages.
  testTimeout: 600_000,
};

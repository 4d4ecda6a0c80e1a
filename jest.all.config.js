const base = require('./jest.config');

// The testkit runs fixtures on every Node version that a major version of OpenTelemetry supports, not only on one.
process.env.TEST_ALL_RUNTIMES = 'true';

/** `npm run test:all`. */
/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testPathIgnorePatterns: base.testPathIgnorePatterns.filter((pattern) => !pattern.includes('long')),
};

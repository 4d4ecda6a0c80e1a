const { availableParallelism } = require('node:os');

// pg.native takes a compiler and libpq: CI installs them and sets the folder (scripts/steps/native.mjs).
const needsNative =
  process.env.TEST_NATIVE_FOLDER === undefined ? ['<rootDir>/packages/[^/]+/test/native/'] : [];

/** `npm test`: every test except those named `*.long.test.ts`, which `npm run test:all` runs too (jest.all.config.js). */
/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/environment.js',
  // By default, Jest warns about globals that packages keep from an earlier test file, such as those of OpenTelemetry.
  testEnvironmentOptions: { globalsCleanup: 'off' },
  testMatch: ['<rootDir>/packages/*/{src,test}/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  // test/e2e needs servers, test/setups a registry: jest.e2e.config.js and jest.setups.config.js.
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    '\\.long\\.test\\.ts$',
    '<rootDir>/test/e2e/',
    '<rootDir>/test/setups/',
    ...needsNative,
  ],
  modulePathIgnorePatterns: [
    '<rootDir>/packages/[^/]+/dist/',
    '<rootDir>/test/major-versions/',
    '<rootDir>/test/setups/applications/',
  ],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // Tests wait for child processes, servers and timers much of the time: with one worker for each core, cores are idle.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  // Ends a test that hangs. The time limit of packages/testkit/src/hang-limit.ts is shorter, and its error names what the
  // test waited for.
  testTimeout: 300_000,
};

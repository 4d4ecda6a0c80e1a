// pg.native takes a compiler and libpq: CI installs them and says where (scripts/steps/native.mjs).
const needsNative =
  process.env.TEST_NATIVE_FOLDER === undefined ? ['<rootDir>/packages/instrumentation/test/native/'] : [];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/packages/*/{src,test}/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  // test/e2e needs servers, test/setups a registry: jest.e2e.config.js and jest.setups.config.js.
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
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
  // Finds a test that hangs; packages/testkit/src/hang-limit.ts speaks first, with what it waited for.
  testTimeout: 300_000,
};

import { type Installation, place } from '@pg-otel/testkit';

/** An application's bootstrap file. */
export const SDK = `
  import { NodeSDK } from '@opentelemetry/sdk-node';
  import { PostgresInstrumentation } from '@pg-otel/instrumentation';
  globalThis.sdk = new NodeSDK({ instrumentations: [new PostgresInstrumentation()] });
  sdk.start();
`;
/** One without our instrumentation. */
export const BARE_SDK = `
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  globalThis.sdk = new NodeSDK({ instrumentations: [] });
  sdk.start();
`;
const REGISTER = '@pg-otel/instrumentation/register';
/** The loader that applications register for their other instrumentations: import-in-the-middle. */
const LOADER = `
  import { register } from 'node:module';
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
`;

/** The ways to enable the instrumentation, as arguments of Node. */
export const DOORS: Record<string, (installation: Installation) => readonly string[]> = {
  'the distribution by --import': () => ['--import', 'pg-otel/register'],
  'the distribution by --require': () => ['--require', 'pg-otel/register'],
  'a NodeSDK in an imported file': (installation) => ['--import', place(installation, SDK, 'mjs')],
  'providers, and register by --import': (installation) => [
    ...['--import', place(installation, BARE_SDK, 'cjs')],
    ...['--import', REGISTER],
  ],
  'register by --require, and providers': (installation) => [
    ...['--require', REGISTER],
    ...['--import', place(installation, BARE_SDK, 'cjs')],
  ],
  'the distribution after a loader': (installation) => [
    ...['--import', place(installation, LOADER, 'mjs')],
    ...['--import', 'pg-otel/register'],
  ],
  'the distribution before a loader': (installation) => [
    ...['--import', 'pg-otel/register'],
    ...['--import', place(installation, LOADER, 'mjs')],
  ],
  // Node runs --require preloads in its thread for loaders as well.
  'the distribution by --require, before a loader': (installation) => [
    ...['--require', 'pg-otel/register'],
    ...['--import', place(installation, LOADER, 'mjs')],
  ],
  'a NodeSDK after a loader': (installation) => [
    ...['--import', place(installation, LOADER, 'mjs')],
    ...['--import', place(installation, SDK, 'mjs')],
  ],
};

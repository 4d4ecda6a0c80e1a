import type { CollectMessage } from '@pg-otel/instrumentation/channels';

// The path is the same from `src` and from `dist`, and a literal for bundlers.
const { name, version } = require('../package.json') as { name: string; version: string };

/** The versions of Node.js and of this package, and those that the instrumentation has added to its figures. */
export const versionsOf = ({ versions }: CollectMessage): Readonly<Record<string, string>> => ({
  node: process.versions.node,
  [name]: version,
  ...versions,
});

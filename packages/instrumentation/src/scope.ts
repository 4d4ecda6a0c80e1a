const { name, version } = require('../package.json') as { name: string; version: string };

/** The instrumentation scope: name and version of this package. */
export const SCOPE = { name, version };

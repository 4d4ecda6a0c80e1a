const manifest = require('../package.json') as { name: string; version: string };

/** Name and version of the instrumentation scope. */
export const PACKAGE_NAME = manifest.name;
export const PACKAGE_VERSION = manifest.version;

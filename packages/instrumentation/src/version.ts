/** Name and version of the instrumentation scope; a test compares them with package.json. */
export const PACKAGE_NAME = '@pg-otel/instrumentation';
export const PACKAGE_VERSION = '0.1.0';

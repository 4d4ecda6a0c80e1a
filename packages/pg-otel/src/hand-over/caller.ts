import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The place in the code that called a function. Accessors use it when their answer depends on the caller.
 * @returns undefined when the stack cannot be read
 */
export function callSite(of: (...args: never[]) => unknown): NodeJS.CallSite | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_, sites) => sites;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, of);
    return holder.stack?.[0];
  } catch {
    return undefined;
  } finally {
    // Assignments would throw where `Error` is frozen.
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace);
  }
}

/**
 * Version of the copy of `@opentelemetry/api` that a file belongs to.
 * @returns undefined for a file of another package, such as a bundle that contains the API
 */
export function versionOfApi(file: string | null | undefined): string | undefined {
  const folder = file?.match(/^.*[\\/]@opentelemetry[\\/]api(?=[\\/])/)?.[0];
  if (folder === undefined) return undefined;
  try {
    const path = folder.startsWith('file:') ? fileURLToPath(folder) : folder;
    return (JSON.parse(readFileSync(`${path}/package.json`, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

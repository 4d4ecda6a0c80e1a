/**
 * Who called a function, for accessors that answer by it.
 * @returns undefined where the stack cannot be read
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

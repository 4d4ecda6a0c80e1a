/**
 * Enables the instrumentation from the command line: `node --import @pg-otel/instrumentation/register app.js` (or
 * `--require`). It sends telemetry to the providers that the application registers, before or after.
 */
import { PostgresInstrumentation } from './instrumentation';
import { setVariablesOfPm2 } from './node/pm2';
import { isHooksThread } from './node/preloads';
import { logInternalError } from './warnings';

try {
  if (!isHooksThread) {
    setVariablesOfPm2();
    new PostgresInstrumentation();
  }
} catch (error) {
  // An error in a preload must not keep the application from starting.
  logInternalError('register', error);
}

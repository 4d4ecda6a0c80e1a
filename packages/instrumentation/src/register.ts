/**
 * `node --import @pg-otel/instrumentation/register app.js` (or `--require`): only the instrumentation, against
 * whatever providers the application registers, before or after.
 */
import { PostgresInstrumentation } from './instrumentation';
import { isHooksThread } from './node/hooks-thread';
import { logInternalError } from './warnings';

try {
  if (!isHooksThread) new PostgresInstrumentation();
} catch (error) {
  // Nothing a preload throws may keep the application from starting.
  logInternalError('register', error);
}

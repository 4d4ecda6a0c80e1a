import { isHooksThread } from './process/hooks-thread';

/**
 * What `node --import pg-otel/register app.js` and `--require pg-otel/register` load: `start()` with the environment
 * alone. Whatever goes wrong, be it a package that is missing, is told in one warning, and the application runs
 * without telemetry.
 */
try {
  if (!isHooksThread) {
    // Not an import: those are loaded before the try.
    const { start } = require('./start') as typeof import('./start');
    start();
  }
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.emitWarning(`OpenTelemetry was not started, the application runs without: ${reason}`, {
    type: 'PgOtelWarning',
    code: 'PG_OTEL_NOT_STARTED',
  });
}

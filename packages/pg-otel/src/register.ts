import { start } from './start';

/**
 * `node --import pg-otel/register app.js` and `--require pg-otel/register` load this module. It calls `start()` without
 * options, so the environment variables alone configure OpenTelemetry. It never throws.
 */
start();

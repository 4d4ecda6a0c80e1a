import { start } from './start';

/**
 * What `node --import pg-otel/register app.js` and `--require pg-otel/register` load: `start()` with the environment
 * alone. It never throws.
 */
start();

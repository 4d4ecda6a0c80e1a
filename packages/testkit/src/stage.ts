import { removePlaced } from './fixture';
import { type OtlpCapture, startOtlpCapture } from './otlp-capture';
import { type PostgresServer, startPostgres } from './postgres';

/**
 * A Postgres and a capture for all tests of the file that imports this: there from the first test on, the capture
 * emptied before each.
 */
export let postgres: PostgresServer;
export let capture: OtlpCapture;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres({ database: 'shop' }), startOtlpCapture()]);
});
beforeEach(() => capture.clear());
afterAll(async () => {
  removePlaced();
  await Promise.all([postgres.stop(), capture.stop()]);
});

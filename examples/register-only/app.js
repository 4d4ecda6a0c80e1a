import { NodeSDK } from '@opentelemetry/sdk-node';
import pg from 'pg';

// The application's own set-up. That the instrumentation was there before does not matter.
const sdk = new NodeSDK();
sdk.start();

const pool = new pg.Pool();
const { rows } = await pool.query('SELECT count(*) AS tables FROM pg_class WHERE relkind = $1', ['r']);
console.log(`${rows[0].tables} tables`);
await pool.end();
await sdk.shutdown();

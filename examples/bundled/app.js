import { NodeSDK } from '@opentelemetry/sdk-node';
import { instrument } from '@pg-otel/instrumentation';
import pg from 'pg';

const sdk = new NodeSDK();
sdk.start();

const { Pool } = instrument(pg);

const pool = new Pool();
const { rows } = await pool.query('SELECT count(*) AS tables FROM pg_class WHERE relkind = $1', ['r']);
console.log(`${rows[0].tables} tables`);
await pool.end();
await sdk.shutdown();

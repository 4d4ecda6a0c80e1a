import { pollUntil } from '@pg-otel/testkit';
import pg from 'pg';
import { closeGate, type Gate } from './gate';
import { type Instrumented, startInstrumented } from './instrumented';

let instrumented: Instrumented;
let gate: Gate;
beforeAll(async () => {
  instrumented = await startInstrumented();
}, 60_000);
afterAll(() => instrumented.stop());
beforeEach(async () => {
  instrumented.configure({ slowAfter: [0.05] });
  instrumented.recorder.clear();
  gate = await closeGate(instrumented.server);
});

const events = (name: string) => instrumented.recorder.events().filter((event) => event.name === name);
const diagnosed = () => events('pg_otel.operation.diagnosed');

it('answers why a query is slow while it runs, in its trace', async () => {
  const pool = new pg.Pool({ connectionString: instrumented.server.url });
  const query = pool.query(gate.statement);
  await pollUntil(async () => diagnosed().length > 0);
  await gate.open();
  await query;
  await pool.end();
  console.log(
    JSON.stringify(instrumented.recorder.events(), null, 1),
    JSON.stringify(instrumented.queries(), null, 1),
  );
});

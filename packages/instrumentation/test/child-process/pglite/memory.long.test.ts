import { onePerMajorVersion } from '@pg-otel/testkit';
import { captureTelemetry, type Driver, play } from './pglite';

captureTelemetry();

const PROGRAM = `
  const { create } = require(process.env.PGLITE_STAGE);
  const kept = { instances: [], results: [], values: [], transactions: [] };
  const keep = (kind, object) => {
    kept[kind].push(new WeakRef(object));
    return object;
  };

  async function use() {
    const db = keep('instances', await create());
    for (let turn = 0; turn < 10; turn += 1) {
      keep('results', await db.query('SELECT $1::text[]', keep('values', [['a']])));
      await db.query('SELECT * FROM missing').catch((error) => keep('results', error));
      keep('results', await db.exec('SELECT 1; SELECT 2'));
      await db.transaction(async (tx) => keep('results', await keep('transactions', tx).sql\`SELECT \${1}::int\`));
    }
    await db.close();
  }
  (async () => {
    await use();
    // The driver keeps its last instance.
    const last = await create();
    await last.close();
    const alive = (kind) => kept[kind].filter((reference) => reference.deref() !== undefined).length;
    for (let turn = 0; turn < 50; turn += 1) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (Object.keys(kept).every((kind) => alive(kind) === 0)) break;
    }
    console.log(Object.keys(kept).map((kind) => kind + ': ' + alive(kind)).join(', '));
  })();
`;

const newest = onePerMajorVersion()[1] as Driver;

describe('PGlite', () => {
  it('keeps no instance, result, value or transaction of the application alive', async () => {
    const run = (nodeArgs: readonly string[]) =>
      play(newest, { source: PROGRAM, nodeArgs: ['--expose-gc', ...nodeArgs] });
    const { stdout: uninstrumented } = await run([]);
    const { stdout: instrumented } = await run(['--import', 'pg-otel/register']);
    expect(uninstrumented).toBe('instances: 0, results: 0, values: 0, transactions: 0\n');
    expect(instrumented).toBe(uninstrumented);
  });
});

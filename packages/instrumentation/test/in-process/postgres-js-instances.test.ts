import type postgres from 'postgres';
import { type Instrumented, startInstrumented } from './instrumented';
import { endAll, loadPostgresJs, opener } from './postgres-js';

let shop: Instrumented;
let open: ReturnType<typeof opener>;
const warnings: Error[] = [];
const warned = (warning: Error) => warnings.push(warning);

beforeAll(async () => {
  shop = await startInstrumented({});
  open = opener(loadPostgresJs() as typeof postgres, shop);
  process.on('warning', warned);
});
beforeEach(() => shop.recorder.clear());
afterEach(() => endAll());
afterAll(async () => {
  process.off('warning', warned);
  await shop.stop();
});

/** The driver keeps the pieces of each template for ever (src/query.js, originCache). */
function templatesKeptWhile(run: () => void): number {
  const kept = jest.spyOn(Map.prototype, 'set');
  try {
    run();
    return kept.mock.calls.filter(([key]) => Array.isArray((key as { raw?: unknown } | undefined)?.raw))
      .length;
  } finally {
    kept.mockRestore();
  }
}

describe('an application that calls postgres() for each request', () => {
  it.each([{ timeout: 0 }, undefined])('has one pool name while it awaits end(%o)', async (options) => {
    for (let turn = 0; turn < 3; turn += 1) {
      const sql = open({ max: 1 });
      await sql`SELECT 1`;
      await sql.end(options);
    }
    const names = shop.recorder.spans().map(({ attributes }) => attributes['db.client.connection.pool.name']);
    expect([...new Set(names.filter((name) => name !== undefined))]).toEqual([shop.target['db.namespace']]);
    expect(warnings).toEqual([]);
  });

  it('keeps no template of ours in the driver', () => {
    expect(templatesKeptWhile(() => open({ max: 1 }))).toBe(0);
    // So that the assertion can fail.
    expect(templatesKeptWhile(() => void open({ max: 1 })`SELECT 1`)).toBe(1);
  });
});

import { createRequire } from 'node:module';
import { comparedIn, installationOf, placeCompared, removeCompared, versionsIn } from './installation.mjs';
import { SCHEMA } from './loads.mjs';

/**
 * Measures cells of a part, one after the other.
 *
 * @param compare the folder of another build of the instrumentation, which is measured as well
 * @param step shows what is measured
 */
export async function measurePart(part, cells, { effort, compare, step }) {
  const installations = new Map(
    cells.flatMap(({ version }) => (version === undefined ? [] : [[version, installationOf(version)]])),
  );
  const measureCells = async (env) => {
    const results = [];
    for (const cell of cells) {
      const installation = installations.get(cell.version);
      const compared =
        compare === undefined || installation === undefined
          ? []
          : [{ name: 'compared', variant: 'ours', build: comparedIn(installation) }];
      const at = { ...installation, env, effort, compared };
      results.push({ ...cell, measured: await step(cell, () => part.measure(cell, at)) });
    }
    return results;
  };
  try {
    if (compare !== undefined) for (const each of installations.values()) placeCompared(compare, each);
    return part.needsServer
      ? await withPostgres((postgres) => measureCells(environment(postgres.env)))
      : await measureCells(environment());
  } finally {
    for (const each of installations.values()) removeCompared(each);
  }
}

/** What the cells of a part are measured with. */
export function versionsOf({ packages = [] }, cells) {
  const versions = new Set(cells.map(({ version }) => version));
  return [...versions]
    .map((version) =>
      version === undefined ? `Node ${process.version}` : versionsIn(installationOf(version), packages),
    )
    .join('; ');
}

/** With the table that the loads read. */
async function withPostgres(work) {
  const { startPostgres } = createRequire(import.meta.url)('@pg-otel/testkit');
  const postgres = await startPostgres();
  try {
    await createTable(postgres, SCHEMA);
    return await work(postgres);
  } finally {
    await postgres.stop();
  }
}

async function createTable({ url }, sql) {
  const { Client } = createRequire(import.meta.url)('pg');
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Without variables that would configure pg, Node or an SDK. */
function environment(more = {}) {
  const own = Object.entries(process.env).filter(([name]) => !/^(OTEL_|PG|NODE_)/.test(name));
  return { ...Object.fromEntries(own), ...more };
}

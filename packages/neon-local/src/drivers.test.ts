import { type NeonStage, onePerMajorVersion, runFixture, startNeonStage, titled } from '@pg-otel/testkit';

let stage: NeonStage;

beforeAll(async () => {
  stage = await startNeonStage();
});
afterAll(() => stage.stop());

/** Node 20 has no global WebSocket, Node 24 has. */
const PROGRAM = `
  neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT;
  neonConfig.wsProxy = process.env.NEON_WS_PROXY;
  neonConfig.useSecureWebSocket = false;
  if (globalThis.WebSocket === undefined) neonConfig.webSocketConstructor = ws;
  const url = process.env.DATABASE_URL;
  (async () => {
    const sql = neon(url);
    const said = [typeof globalThis.WebSocket, await sql\`select \${1}::int as a\`];
    said.push(await sql.transaction([sql\`select 2 as b\`, sql\`select 3 as c\`], { readOnly: true }));
    for (const pipelineConnect of ['password', false]) {
      neonConfig.pipelineConnect = pipelineConnect;
      const pool = new Pool({ connectionString: url });
      said.push((await pool.query('select $1::int as d', [4])).rows);
      await pool.end();
    }
    neonConfig.poolQueryViaFetch = true;
    const pool = new Pool({ connectionString: url });
    said.push((await pool.query('select 5 as e')).rows);
    await pool.end();
    console.log(JSON.stringify(said));
  })();`;

const SOURCES = {
  commonjs: `const { neon, neonConfig, Pool } = require('@neondatabase/serverless'); const ws = require('ws');`,
  module: `import { neon, neonConfig, Pool } from '@neondatabase/serverless'; import ws from 'ws';`,
};

describe.each(titled(onePerMajorVersion()))('the driver, %s', (_title, { installation, node }) => {
  it.each(['commonjs', 'module'] as const)('loaded as %s, is served', async (type) => {
    const source = SOURCES[type] + PROGRAM;
    const { stdout, stderr } = await runFixture({
      installation,
      node,
      type,
      source,
      env: stage.endpoint.env,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([
      installation === 'otel-3' ? 'function' : 'undefined',
      [{ a: 1 }],
      [[{ b: 2 }], [{ c: 3 }]],
      [{ d: 4 }],
      [{ d: 4 }],
      [{ e: 5 }],
    ]);
  });
});

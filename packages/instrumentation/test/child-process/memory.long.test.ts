import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  exportTo,
  type NeonEndpoint,
  place,
  runFixture,
  runtimes,
  startNeonEndpoint,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

const file = (name: string): string => path.join(__dirname, 'memory', name);
const read = (name: string): string => fs.readFileSync(file(name), 'utf8');

let endpoint: NeonEndpoint;
beforeAll(async () => {
  endpoint = await startNeonEndpoint(postgres);
});
afterAll(() => endpoint.stop());

describe.each(titled(runtimes()))('on %s', (_, { installation, node }) => {
  /** Returns the output of a program of the folder `memory`, line by line. */
  async function run(
    program: string,
    mode: 'uninstrumented' | 'instrumented',
    env: Readonly<Record<string, string>> = {},
  ): Promise<Record<string, number>[]> {
    const result = await runFixture({
      installation,
      node,
      script: file(`${program}.cjs`),
      nodeArgs: [
        '--expose-gc',
        ...(mode === 'uninstrumented' ? [] : ['--import', place(installation, read('preload.cjs'), 'cjs')]),
      ],
      env: {
        ...exportTo(capture, postgres),
        ...endpoint.env,
        OTEL_BLRP_SCHEDULE_DELAY: '100',
        STAGE: place(installation, read('stage.cjs'), 'cjs'),
        ...env,
      },
    });
    if (result.code !== 0) throw new Error(result.stderr);
    return result.stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
  }

  it('pools and clients that are dropped are collected as uninstrumented', async () => {
    const [uninstrumented, instrumented] = await Promise.all([
      run('dropped', 'uninstrumented'),
      run('dropped', 'instrumented'),
    ]);
    expect(instrumented).toEqual(uninstrumented);
    expect(Object.values(instrumented[0] ?? {})).toEqual(Array(11).fill(0));
  });

  it('the instrumentation keeps neither arguments nor context of a query after its end', async () => {
    const [uninstrumented, instrumented] = await Promise.all([
      run('operands', 'uninstrumented'),
      run('operands', 'instrumented'),
    ]);
    expect(instrumented).toEqual(uninstrumented);
    // The client's socket keeps the context in which it was opened.
    expect(instrumented[0]).toMatchObject({
      config: 0,
      values: 0,
      callback: 0,
      result: 0,
      error: 0,
      cursor: 0,
      'context of a cursor that is kept': 0,
    });
  });

  it('the instrumentation keeps no arguments of a query over HTTP after its end, while connections are kept alive', async () => {
    // The SDK's batch of log records starts a timer in the context of the first failure, and keeps this context.
    const env = { OTEL_LOGS_EXPORTER: 'none' };
    const [uninstrumented, instrumented] = await Promise.all([
      run('neon-operands', 'uninstrumented', env),
      run('neon-operands', 'instrumented', env),
    ]);
    expect(instrumented).toEqual(uninstrumented);
    expect(Object.values(instrumented[0] ?? {})).toEqual([...Array(15).fill(0), true]);
  });

  it('memory does not grow with queries, statements, summaries, errors, huge texts and pools', async () => {
    const [grown] = await run('growth', 'instrumented');
    const { keptSpans, ...megabytes } = grown as Record<string, number>;
    expect(keptSpans).toBe(12);
    for (const [what, value] of Object.entries(megabytes)) {
      expect([what, value < 2]).toEqual([what, true]);
    }
    // 20,000 summaries and 20,000 errors: the SDKs combine series beyond 2000 per metric.
    const series = capture.metrics().map(({ name, points }) => [name, points.length] as const);
    expect(series.filter(([, count]) => count > 1900)).toEqual([]);
    expect(new Map(series).get('db.client.operation.duration')).toBeGreaterThan(1000);
  });

  it('copies the strings it keeps, and not the strings from which these were cut', async () => {
    const [grown] = await run('slices', 'instrumented', { PG_OTEL_PARAMETERS: 'true' });
    const { keptSpans, prepared, longOnTwo, ...megabytes } = grown as Record<string, number>;
    expect(keptSpans).toBe(200);
    for (const [what, value] of Object.entries(megabytes)) {
      expect([what, value < 10]).toEqual([what, true]);
    }
    // 200 statements on each of 500 databases.
    expect(prepared).toBeLessThan(30);
    // 4,000 statements of 7 kB on each of two databases.
    expect(longOnTwo).toBeLessThan(30);
  });
});

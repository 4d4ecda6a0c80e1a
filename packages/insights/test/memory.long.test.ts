import { spawnSync } from 'node:child_process';
import path from 'node:path';

const QUERIES = 150_000;
/** Bytes that docs/reference/insights.md states. */
const LIMIT = 9_000_000;

it('takes at most 9 MB, however many queries, statements, traces, pools and databases there are', () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', path.join(__dirname, 'many-queries.cjs'), String(QUERIES)],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const { total, taken } = JSON.parse(stdout) as { total: number; taken: number[] };
  expect(total).toBe(QUERIES);
  expect(taken).toHaveLength(10);
  // It has learnt and kept something.
  expect(Math.min(...taken)).toBeGreaterThan(1_000_000);
  expect(Math.max(...taken)).toBeLessThan(LIMIT);
  // Everything is full after the timeline, in the first seven tenths.
  const [full, , last] = taken.slice(-3) as [number, number, number];
  expect(last - full).toBeLessThan(200_000);
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import { prepare } from './harness/prepare';

const BLOCK = 4096;

/** The space that a folder takes on a disk with blocks of 4 KiB, in MiB. */
function diskUsage(folder: string): number {
  const sizes = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => fs.lstatSync(path.join(entry.parentPath, entry.name)))
    .map((file) => (file.isDirectory() ? BLOCK : Math.ceil(file.size / BLOCK) * BLOCK));
  return sizes.reduce((sum, size) => sum + size, 0) / 1024 ** 2;
}

it('pg-otel and its peers take at most 60 MiB in an empty application', async () => {
  const folder = await prepare({
    application: 'npm-init',
    guide: 'package-managers',
    prepare: ['npm, OpenTelemetry 2.x'],
    start: 'Start',
  });
  const megabytes = diskUsage(path.join(folder, 'node_modules'));
  // With neither pg-otel nor the SDK it would say nothing.
  expect(fs.existsSync(path.join(folder, 'node_modules/pg-otel'))).toBe(true);
  expect(megabytes).toBeGreaterThan(30);
  expect(megabytes).toBeLessThan(60);
});

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { keepOutOfBundle } from './bundling';

it.each([
  ['nitropack', 'In nitropack, add externals'],
  // Nitro 3 bundles every package that this option does not name; it has no `externals`.
  ['nitro', "In nitro, add traceDeps: ['pg'] to nitro.config, or to nitro() in vite.config."],
])('names the option of %s that keeps a driver out of its output', (tool, advice) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-tool-'));
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ dependencies: { [tool]: '1' } }));
  expect(keepOutOfBundle('pg', folder)).toContain(advice);
  fs.rmSync(folder, { recursive: true });
});

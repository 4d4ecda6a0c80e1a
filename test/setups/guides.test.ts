import * as fs from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';
import { blocksOf, guides } from './harness/guide';

const pages = fs.readdirSync(guides).map((file) => path.basename(file, '.md'));

it.each(pages)('each file that docs/guides/%s.md shows is in the application as it is shown', (guide) => {
  for (const { file, text } of blocksOf(guide)) {
    if (file === undefined) continue;
    expect({
      file,
      text: fs.readFileSync(path.join(repository, 'test/setups/applications', file), 'utf8'),
    }).toEqual({
      file,
      text,
    });
  }
});

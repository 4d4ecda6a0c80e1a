// `npm run picture`: runs the demo and draws its panels as docs/images/demo.svg, the picture of README.md.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { terminalPicture } from './picture/terminal-picture.mjs';
import { reportFailure, repository, runScript, step } from './steps/command.mjs';

/** The panels end at the first empty line below the one with the latencies and the pool. */
function panelsOf(output) {
  const lines = output.split('\n');
  const last = lines.findIndex((line) => line.includes('Query latency'));
  if (last === -1) throw new Error(`The demo printed no panel "Query latency":\n${output}`);
  return lines.slice(0, lines.indexOf('', last));
}

try {
  const output = await step('Running the demo', () =>
    runScript('demo.mjs', ['--once'], { env: { ...process.env, FORCE_COLOR: '1' } }),
  );
  const title =
    'npm run demo: a slow report, a trace, connection setup, query latencies and the pool of a shop';
  const file = path.join(repository, 'docs/images/demo.svg');
  writeFileSync(file, terminalPicture(panelsOf(output), title));
  console.log(file);
} catch (error) {
  reportFailure(error);
}

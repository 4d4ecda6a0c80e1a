// `npm run picture`: runs the demo and draws its panels as docs/images/demo.svg, the picture of README.md.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { terminalPicture } from './picture/terminal-picture.mjs';
import { reportFailure, repository, runScript, step } from './steps/command.mjs';

/** The panels end before the requests to the shop. */
function panelsOf(output) {
  const lines = output.split('\n');
  const [first, last] = ['Above a threshold', 'Requests to the shop'].map((title) =>
    lines.findIndex((line) => line.includes(title)),
  );
  if (first === -1 || last === -1) throw new Error(`The demo printed no panels:\n${output}`);
  return lines.slice(first, last - 1);
}

try {
  const output = await step('Running the demo', () =>
    runScript('demo.mjs', ['--once'], { env: { ...process.env, FORCE_COLOR: '1' } }),
  );
  const title =
    'npx pg-otel watch on a shop: alerts, a slow report with its reason, latencies, the pool, statements, a trace and connection setup';
  const file = path.join(repository, 'docs/images/demo.svg');
  writeFileSync(file, terminalPicture(panelsOf(output), title));
  console.log(file);
} catch (error) {
  reportFailure(error);
}

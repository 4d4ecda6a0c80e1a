// `npm run picture`: the pictures of the documentation. `--only demo`: docs/images/demo.svg, drawn from a run of the demo.
// `--only page`: docs/images/status-page-*.png, the status page of a busy program. Needs Chromium: TEST_CHROMIUM, or that of Debian.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { terminalPicture } from './picture/terminal-picture.mjs';
import { reportFailure, repository, runScript, step } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';

/** The panels end before the requests to the shop. */
function panelsOf(output) {
  const lines = output.split('\n');
  const [first, last] = ['Above a threshold', 'Requests to the shop'].map((title) =>
    lines.findIndex((line) => line.includes(title)),
  );
  if (first === -1 || last === -1) throw new Error(`The demo printed no panels:\n${output}`);
  return lines.slice(first, last - 1);
}

async function drawDemo() {
  const output = await step('Running the demo', () =>
    runScript('demo.mjs', ['--once'], { env: { ...process.env, FORCE_COLOR: '1' } }),
  );
  const title =
    'npx pg-otel watch on a shop: alerts, a slow report with its reason, latencies, the pool, statements, a trace and connection setup';
  const file = path.join(repository, 'docs/images/demo.svg');
  writeFileSync(file, terminalPicture(panelsOf(output), title));
  return [file];
}

async function photographPage() {
  await setUp();
  // What it imports is installed and built by the set-up.
  const { takePictures } = await import('./picture/status-page.mjs');
  const chromium = process.env.TEST_CHROMIUM ?? '/usr/bin/chromium';
  return step('Photographing the status page', () =>
    takePictures(path.join(repository, 'docs/images'), chromium),
  );
}

const PICTURES = { demo: drawDemo, page: photographPage };

try {
  const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
  if (only !== undefined && !Object.hasOwn(PICTURES, only)) {
    throw new Error(`--only must be one of ${Object.keys(PICTURES).join(', ')}, got ${only}`);
  }
  for (const [name, draw] of Object.entries(PICTURES)) {
    if (only === undefined || only === name) for (const file of await draw()) console.log(file);
  }
} catch (error) {
  reportFailure(error);
}

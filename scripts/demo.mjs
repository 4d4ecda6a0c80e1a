// `npm run demo`: a shop on a real Postgres, started with one line more, and what that line tells.
import { parseArgs } from 'node:util';
import { reportFailure } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';

const usage = `npm run demo [-- options]
  --once   end after a while, with a summary (as without a terminal)
  --json   the same, and print the summary as JSON`;

try {
  const { values } = parseArgs({
    options: { once: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(usage);
  } else {
    await setUp();
    // Its packages are there from here on.
    const { demo } = await import('./demo/demo.mjs');
    await demo({ isOnce: values.once || values.json || !process.stdout.isTTY, isJson: values.json });
  }
} catch (error) {
  if (error.code?.startsWith('ERR_PARSE_ARGS')) {
    console.error(`${error.message}\n${usage}`);
    process.exitCode = 2;
  } else {
    reportFailure(error);
  }
}

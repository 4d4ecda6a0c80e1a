// `npm run example -- <name>`: runs an example on an embedded Postgres, or on the server of DATABASE_URL.
import { findExample, UnknownExample } from './example/examples.mjs';
import { reportFailure } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';

try {
  const example = findExample(process.argv[2]);
  await setUp();
  // Its packages are installed and built now.
  const { runExample } = await import('./example/run-example.mjs');
  const { isWorkspace, installedCopy } = await import('./example/installed-copy.mjs');
  const folder = isWorkspace(example) ? example.folder : await installedCopy(example);
  process.exitCode = await runExample({ ...example, folder });
} catch (error) {
  if (error instanceof UnknownExample) {
    console.error(error.message);
    process.exitCode = 2;
  } else {
    reportFailure(error);
  }
}

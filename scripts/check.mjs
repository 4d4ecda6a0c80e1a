// `npm run check`: checks of the repository and its packages that are no tests.
import { checks, runChecks } from './steps/checks.mjs';
import { reportFailure } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';

try {
  await setUp();
  const { failed } = await runChecks(await checks());
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  reportFailure(error);
}

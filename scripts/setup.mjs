// `npm run setup`: everything that tests and demo need, for running jest directly. `npm test` does it itself.
import { reportFailure } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';

try {
  await setUp();
  await setUpInstallations();
} catch (error) {
  reportFailure(error);
}

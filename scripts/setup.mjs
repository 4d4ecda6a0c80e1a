// `npm run setup`: everything the tests and the demo need. They do it themselves; this is for whoever runs jest.
import { reportFailure } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';

try {
  await setUp();
  await setUpInstallations();
} catch (error) {
  reportFailure(error);
}

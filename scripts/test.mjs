// `npm test`, `npm run test:all`: everything from a fresh clone to the last test. Arguments are passed to jest.
import { reportFailure } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';
import { jest } from './steps/jest.mjs';

try {
  await setUp();
  await setUpInstallations();
  process.exitCode = await jest(process.argv.slice(2));
} catch (error) {
  reportFailure(error);
}

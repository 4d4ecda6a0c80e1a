// `npm run setups`: tests our packages in applications that generators of frameworks create. Arguments are passed to jest.
import { reportFailure } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';
import { jest } from './steps/jest.mjs';
import { setUpRegistry } from './steps/setups.mjs';

try {
  await setUp();
  await setUpInstallations();
  const registry = await setUpRegistry();
  process.exitCode = await jest(['--config=jest.setups.config.js', ...process.argv.slice(2)], registry);
} catch (error) {
  reportFailure(error);
}

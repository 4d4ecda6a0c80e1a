// `npm run e2e`: the tests with a real collector, Prometheus, Alertmanager, Jaeger and PgBouncer. Arguments are passed to jest.
import { reportFailure } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';
import { jest } from './steps/jest.mjs';
import { setUpServers } from './steps/servers.mjs';

try {
  await setUp();
  await setUpInstallations();
  await setUpServers();
  process.exitCode = await jest(['--config=jest.e2e.config.js', ...process.argv.slice(2)]);
} catch (error) {
  reportFailure(error);
}

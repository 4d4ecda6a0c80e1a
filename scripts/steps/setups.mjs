import path from 'node:path';
import { preparedFolder } from '../setups/prepared.mjs';
import { startRegistry } from '../setups/registry.mjs';
import { npm, repository, step } from './command.mjs';
import { installDependencies } from './install.mjs';
import { contentHash, pack } from './pack.mjs';

/**
 * Serves our packed packages to the installations of test/setups, as long as this process runs.
 *
 * @returns the variables by which the tests find them
 */
export async function setUpRegistry() {
  const managers = path.join(repository, 'test/setups/package-managers');
  await installDependencies(managers, 'Installing package managers (once)');
  const tarballs = await step('Packing our packages', pack);
  const upstream = (await npm(['config', 'get', 'registry'])).trim();
  return {
    PG_OTEL_REGISTRY: await startRegistry(tarballs, upstream),
    PG_OTEL_PACKED: contentHash(),
    PG_OTEL_PREPARED: preparedFolder(),
  };
}

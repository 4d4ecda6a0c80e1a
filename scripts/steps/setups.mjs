import { startRegistry } from '../setups/registry.mjs';
import { npm, step } from './command.mjs';
import { contentHash, pack } from './pack.mjs';

/** Serves our packed packages to the installations of test/setups, as long as this process runs. */
export async function setUpRegistry() {
  const tarballs = await step('Packing our packages', pack);
  const upstream = (await npm(['config', 'get', 'registry'])).trim();
  process.env.PG_OTEL_REGISTRY = await startRegistry(tarballs, upstream);
  process.env.PG_OTEL_PACKED = contentHash();
}

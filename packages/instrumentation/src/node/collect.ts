import { CHANNELS, type CollectMessage } from '../channels';
import { patchedClasses } from '../drivers/patched';
import { SCOPE } from '../scope';
import { telemetry } from '../telemetry';
import { receive } from './subscription';

let isAnswering = false;

/** Answers the messages of readers with the current figures of the instrumentation that is enabled. */
export function answerCollections(): void {
  if (isAnswering) return;
  isAnswering = true;
  receive(CHANNELS.collect, 'a collection of figures', (message: CollectMessage) => {
    if (message.versions !== undefined) addVersions(message.versions);
    telemetry()?.collect(message);
  });
}

function addVersions(versions: Record<string, string>): void {
  versions[SCOPE.name] = SCOPE.version;
  for (const { module, version } of patchedClasses()) {
    // The client of libpq is a file of pg.
    if (version !== undefined) versions[module === 'pg-native' ? 'pg' : module] = version;
  }
}

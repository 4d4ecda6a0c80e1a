import { subscribe } from 'node:diagnostics_channel';
import { CHANNELS, type CollectMessage } from '../channels';
import { guarded } from '../drivers/guarded';
import { telemetry } from '../telemetry';

let isAnswering = false;

/** Answers the messages of readers with the current figures of the instrumentation that is enabled. */
export function answerCollections(): void {
  if (isAnswering) return;
  isAnswering = true;
  subscribe(CHANNELS.collect, (message) => {
    // An error in a subscriber would be an uncaught exception of the process (Node diagnostics_channel.publish).
    guarded('a collection of figures', () => telemetry()?.collect(message as CollectMessage));
  });
}

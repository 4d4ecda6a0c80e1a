import { CHANNELS, type CollectMessage } from '../channels';
import { telemetry } from '../telemetry';
import { receive } from './subscription';

let isAnswering = false;

/** Answers the messages of readers with the current figures of the instrumentation that is enabled. */
export function answerCollections(): void {
  if (isAnswering) return;
  isAnswering = true;
  receive(CHANNELS.collect, 'a collection of figures', (message: CollectMessage) =>
    telemetry()?.collect(message),
  );
}

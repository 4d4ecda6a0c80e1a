import { subscribe } from 'node:diagnostics_channel';
import { guarded } from '../drivers/guarded';

/**
 * Receives the messages of a channel. An error in a subscriber would be an uncaught exception of the process (Node
 * diagnostics_channel.publish).
 *
 * @param where the part that fails, for the diagnostic log
 */
export function receive<Message>(channel: string, where: string, receiver: (message: Message) => void): void {
  subscribe(channel, (message) => {
    guarded(where, () => receiver(message as Message));
  });
}

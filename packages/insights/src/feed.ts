import { subscribe, unsubscribe } from 'node:diagnostics_channel';

type Receivers = Readonly<Record<string, (message: never) => void>>;

/**
 * Passes the messages of channels to their receivers.
 *
 * @param failed called with the error of a receiver, which would otherwise be an uncaught exception of the process
 * @returns a function that ends it
 */
export function follow(receivers: Receivers, failed: (error: unknown) => void): () => void {
  const listeners = Object.entries(receivers).map(([name, receive]) => {
    const listener = (message: unknown): void => {
      try {
        receive(message as never);
      } catch (error) {
        failed(error);
      }
    };
    subscribe(name, listener);
    return { name, listener };
  });
  return () => {
    for (const { name, listener } of listeners) unsubscribe(name, listener);
  };
}

import { CHANNELS } from '../channels';
import { claimManagedPools } from '../copies';
import { type ManagedPoolObserver, telemetry } from '../telemetry';
import { receive } from './subscription';

const METHODS = {
  [CHANNELS.poolHealthCheck]: 'healthChecked',
  [CHANNELS.poolHealth]: 'healthChanged',
  [CHANNELS.poolRecovery]: 'recovered',
  [CHANNELS.poolResize]: 'resized',
  [CHANNELS.retry]: 'retried',
} as const satisfies Record<string, keyof ManagedPoolObserver>;

/**
 * Passes the messages of managed pools to the instrumentation that is enabled. Only the first copy of this package in a
 * process does so, because each copy would count them again.
 */
export function followManagedPools(): void {
  if (!claimManagedPools()) return;
  for (const [channel, method] of Object.entries(METHODS)) {
    receive(channel, 'a message of a managed pool', (message) => {
      const observer = telemetry()?.managedPools() as Record<string, (message: unknown) => void> | undefined;
      observer?.[method]?.(message);
    });
  }
}

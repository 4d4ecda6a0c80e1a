import type { BridgeMetrics } from '../metrics';
import type { ResolvedBridgeOptions } from '../options';
import type { Destinations } from './delivery';
import { Endpoint } from './endpoint';

export function destinationsOf(
  { alertmanagers, webhook, deliveryTimeoutSeconds }: ResolvedBridgeOptions,
  metrics: BridgeMetrics,
  log: (line: string) => void,
): Destinations {
  const common = { timeoutSeconds: deliveryTimeoutSeconds, metrics, log };
  const replicas = alertmanagers.map((base) => {
    const url = new URL(base);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v2/alerts`;
    return new Endpoint({ ...common, kind: 'alertmanager', url });
  });
  return [
    ...(replicas.length > 0 ? [replicas] : []),
    ...(webhook === undefined ? [] : [[new Endpoint({ ...common, kind: 'webhook', url: webhook })]]),
  ];
}

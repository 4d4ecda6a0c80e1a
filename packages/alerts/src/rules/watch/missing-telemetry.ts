import { missingQueries } from '../../prometheus/missing';
import { stateLevel } from '../../thresholds/level';
import { SERVICE } from '../labels';
import type { WatchDefinition } from './definition';

/** The metric that each process with a pool reports. A service that ends its pools reports 0 last. */
export const REPORTED_METRIC = 'db.client.connection.limit';

/** A service has stopped reporting pool metrics. */
export const missingTelemetry: WatchDefinition<'missing-telemetry'> = {
  level: stateLevel({}),
  dashboard: 'alerts',
  labels: () => SERVICE,
  summary: () => 'Pool metrics no longer arrive',
  description:
    'The service has stopped, or its metrics do not arrive. Rules that read metrics cannot fire for it until they arrive again.',
  value: ({ count }) => `none; the last reported pool limit was ${count}`,
  prometheus: missingQueries(REPORTED_METRIC, SERVICE),
};

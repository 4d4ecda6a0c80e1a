import { missingQueries } from '../../prometheus/missing';
import { stateLevel } from '../../thresholds/level';
import { SERVICE } from '../labels';
import type { WatchDefinition } from './definition';

/** The metric whose absence counts: each process with a pool reports it. It is 0 when a service has ended its pools. */
export const REPORTED_METRIC = 'db.client.connection.limit';

/** A service that used to report pool metrics has stopped. */
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

import { level } from '../../thresholds/level';
import { limit } from '../../thresholds/values';
import { DATABASE } from '../labels';
import { seconds } from '../text';
import type { EventDefinition } from './definition';
import { aboveSeconds } from './slow-operation';

const LIMIT = 'pg_otel.connection.limit';
const HELD_TIME = 'pg_otel.connection.held_time';

/** A connection is checked out for longer than a limit. Prometheus does not evaluate it: histograms count only returned connections. */
export const heldConnection: EventDefinition<'held-connection'> = {
  level: level({ over: limit.describe('a connection is held longer than this') }).transform(
    ({ over, ...common }) => ({ ...common, overSeconds: over }),
  ),
  dashboard: 'pools',
  labels: () => [...DATABASE, 'pool'],
  summary: ({ overSeconds }) => `A connection is held for longer than ${seconds(overSeconds)}`,
  description:
    'A caller has not returned a connection: a missing release(), or a transaction that waits for something else.',
  line: aboveSeconds,
  event: {
    name: 'pg_otel.connection.held',
    subject: 'held connections',
    annotations: { elapsed: HELD_TIME, running: 'pg_otel.connection.held_count' },
    value: HELD_TIME,
    limit: LIMIT,
    condition: ({ overSeconds }) => ({ attribute: LIMIT, is: '==', value: overSeconds }),
  },
};

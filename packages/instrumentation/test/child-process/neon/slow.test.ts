import { type CapturedLog, startFixture } from '@pg-otel/testkit';
import { capture } from '@pg-otel/testkit/stage';
import { BUILDS, fixture, newest, spansOf, target } from './neon';

/** Of queries and batches: connections may be slow as well on a busy machine. */
const events = (name: string): CapturedLog[] =>
  capture.logs().filter(({ eventName, attributes }) => eventName === name && isNoConnect(attributes));
const isNoConnect = (attributes: CapturedLog['attributes']): boolean =>
  !['connect', 'acquire'].includes(String(attributes['pg_otel.operation.kind']));
/** Kind and summary of the operation of an event. */
const subjects = (name: string): unknown[] =>
  events(name)
    .map(({ attributes }) => `${attributes['pg_otel.operation.kind']} ${attributes['db.query.summary']}`)
    .sort();
const SUBJECTS = ['batch BATCH SELECT', 'query SELECT', 'query SELECT'];
const SLOW = 'pg_otel.operation.slow';
const HELD = 'pg_otel.connection.held';

describe('a slow query', () => {
  it.each(BUILDS)(
    'is reported while it runs: a query over HTTP, a batch, and one over WebSocket, %s',
    async (build) => {
      const env = {
        PG_OTEL_SLOW_AFTER: '0.3',
        PG_OTEL_HELD_AFTER: '0.3',
        OTEL_BLRP_SCHEDULE_DELAY: '50',
      };
      const running = startFixture(fixture(newest, 'slow', { build, env }));
      let isAnswered = false;
      const answered = running.waitForOutput('answered').then(() => {
        isAnswered = true;
      });
      // Two of the same summary may be one event.
      await capture.waitFor(() => new Set(subjects(SLOW)).size === 2 && events(HELD).length > 0);
      expect(isAnswered).toBe(false);
      await answered;
      const { stderr, code } = await running.ended;
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });

      const crossings = events(SLOW).map(({ attributes }) =>
        Number(attributes['pg_otel.operation.crossings']),
      );
      expect(crossings.reduce((sum, one) => sum + one, 0)).toBe(SUBJECTS.length);
      const ended = events('pg_otel.operation.ended').map(({ attributes }) =>
        Number(attributes['pg_otel.operation.count'] ?? 1),
      );
      expect(ended.reduce((sum, one) => sum + one, 0)).toBe(SUBJECTS.length);
      const trace = capture.spans().find(({ name }) => name === 'slow')?.traceId;
      for (const { attributes, traceId } of events(SLOW)) {
        expect(attributes).toMatchObject({ ...target(), 'pg_otel.operation.limit': 0.3 });
        expect(traceId).toBe(trace);
      }
      expect(spansOf('slow').filter(({ name }) => name.includes('SELECT')).length).toBe(SUBJECTS.length);
      expect(events(HELD)[0]?.attributes).toMatchObject({
        ...target(),
        'db.client.connection.pool.name': 'shop',
        'pg_otel.connection.held_count': 1,
      });
    },
  );
});

import { type CapturedPoint, traceOutline } from '@pg-otel/testkit';
import { capture } from './stage';

/** The outline of a trace: see {@link traceOutline}. */
export const traceTree = (traceId: string): string[] =>
  traceOutline(capture.spans().filter((span) => span.traceId === traceId));

/** Waits for the span of a request, which ends last. */
export async function receivedRequest(traceId: string): Promise<void> {
  await capture.waitFor(() => traceTree(traceId).some((line) => line.startsWith('SERVER ')));
}

/** The lines of an outline below the first one with a title, without their indent. */
export function below(tree: readonly string[], title: string): string[] {
  const depth = (line: string) => line.length - line.trimStart().length;
  const start = tree.findIndex((line) => line.endsWith(title));
  const top = tree[start];
  if (top === undefined) return [];
  const after = tree.slice(start + 1);
  const end = after.findIndex((line) => depth(line) <= depth(top));
  return after.slice(0, end === -1 ? undefined : end).map((line) => line.slice(depth(top) + 2));
}

/** The traces that were not started by a request of the test. */
export function otherTraces(traceIds: readonly string[]): string[][] {
  const others = new Set(
    capture
      .spans()
      .map(({ traceId }) => traceId)
      .filter((id) => !traceIds.includes(id)),
  );
  return [...others].map(traceTree);
}

/**
 * The names of the events of a trace, in the order of their times. Without the reason of a slow query: the query may end
 * before the server has answered.
 */
export function eventsOf(traceId: string): string[] {
  return capture
    .logs()
    .filter((log) => log.traceId === traceId && log.eventName !== 'pg_otel.operation.diagnosed')
    .sort((one, other) => Number(one.time - other.time))
    .map(({ eventName }) => eventName);
}

/** How often each statement ran by `db.client.operation.duration`: `{ 'SELECT notes': 2 }`. */
export function operationCounts(): Record<string, number | undefined> {
  return Object.fromEntries(
    lastPoints('db.client.operation.duration').map(({ attributes, count }) => [
      attributes['db.query.summary'],
      count,
    ]),
  );
}

/** The last value of each gauge of a pool: `{ notes: 10 }` for `db.client.connection.limit`. */
export function byPool(metric: string): Record<string, number | undefined> {
  return Object.fromEntries(
    lastPoints(metric).map(({ attributes, value, count }) => [
      attributes['db.client.connection.pool.name'],
      value ?? count,
    ]),
  );
}

/** The points of a metric as of its last export, which has all since the start. */
function lastPoints(name: string): readonly CapturedPoint[] {
  return capture.metrics().findLast((metric) => metric.name === name)?.points ?? [];
}

/** The service names that the telemetry came from. */
export function services(): string[] {
  const all = [...capture.spans(), ...capture.metrics(), ...capture.logs()];
  return [...new Set(all.map(({ resource }) => String(resource['service.name'])))];
}

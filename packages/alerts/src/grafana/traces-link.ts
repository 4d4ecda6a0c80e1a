import { dashboardPath } from '../rules/watch';

/**
 * A link to the dashboard of traces, with a search. Service and operation are Grafana expressions for the clicked value,
 * such as `${__field.labels.service_name}`. The operation is a query summary, which is also the span name.
 *
 * The link does not open Explore, because its URL contains JSON, and Grafana has no format that escapes `"` and `\` for
 * JSON in a URL (`:json` does not change strings). A variable of a dashboard only needs percent-encoding.
 */
export function tracesLink({ title, service, operation, minSeconds }: TraceSearch): object {
  const percentEncoded = (expression: string) => expression.replace('}', ':percentencode}');
  const minDuration = minSeconds === undefined ? undefined : `${minSeconds * 1000}ms`;
  // A raw string of TraceQL can contain every character except a backtick.
  const traceql = [
    ...(operation === undefined ? [] : [`&& name = \`${OPERATION}\``]),
    ...(minDuration === undefined ? [] : [`&& duration > ${minDuration}`]),
  ].join(' ');
  const parameters = {
    service: percentEncoded(service),
    operation: operation === undefined ? '' : percentEncoded(operation),
    min_duration: minDuration ?? '',
    traceql: encodeURIComponent(traceql).replace(OPERATION, percentEncoded(operation ?? '')),
  };
  const search = Object.entries(parameters).map(([name, value]) => `var-${name}=${value}`);
  return {
    title,
    url: `${dashboardPath('traces')}?${search.join('&')}&from=\${__from}&to=\${__to}`,
    targetBlank: true,
  };
}

/** A placeholder for the operation while the other parts are encoded. */
const OPERATION = 'OPERATION';

interface TraceSearch {
  readonly title: string;
  readonly service: string;
  readonly operation?: string;
  /** Only traces that took longer. */
  readonly minSeconds?: number;
}

import { dashboardPath } from '../rules/watch';

/**
 * A link to the dashboard of traces, with a search. Service and operation are Grafana's expressions for the value that
 * was clicked, such as `${__field.labels.service_name}`. The operation is a query summary, the name of the span.
 *
 * The link cannot lead to Explore: its address contains JSON, and no format of Grafana escapes `"` or `\` for JSON in an
 * address (`:json` does not change texts). The value of a variable is only percent-encoded.
 */
export function tracesLink({ title, service, operation, minSeconds }: TraceSearch): object {
  const percentEncoded = (expression: string) => expression.replace('}', ':percentencode}');
  const minDuration = minSeconds === undefined ? undefined : `${minSeconds * 1000}ms`;
  // A raw string of TraceQL can contain everything but a backtick.
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

/** Stands for the operation until the rest is encoded. */
const OPERATION = 'OPERATION';

interface TraceSearch {
  readonly title: string;
  readonly service: string;
  readonly operation?: string;
  /** Only traces that took longer. */
  readonly minSeconds?: number;
}

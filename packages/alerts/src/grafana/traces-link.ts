/**
 * A link to Grafana's Explore with a search of Jaeger. Service and operation are Grafana's expressions for the value
 * that was clicked, such as `${__field.labels.service_name}`. A query's span is named by its summary, so that the
 * summary is Jaeger's operation.
 */
export function tracesLink({ title, service, operation, minSeconds }: TraceSearch): object {
  const percentEncoded = (expression: string) => expression.replace('}', ':percentencode}');
  const values = { SERVICE: service, OPERATION: operation };
  const query = {
    refId: 'A',
    datasource: { type: 'jaeger', uid: 'JAEGER' },
    queryType: 'search',
    service: 'SERVICE',
    ...(operation === undefined ? {} : { operation: 'OPERATION' }),
    ...(minSeconds === undefined ? {} : { minDuration: `${minSeconds * 1000}ms` }),
  };
  const panes = {
    traces: { datasource: 'JAEGER', queries: [query], range: { from: 'SHOWN_FROM', to: 'SHOWN_TO' } },
  };
  const encoded = encodeURIComponent(JSON.stringify(panes))
    .replaceAll('JAEGER', '${jaeger}')
    .replace('SHOWN_FROM', '${__from}')
    .replace('SHOWN_TO', '${__to}')
    .replace(/SERVICE|OPERATION/g, (name) => percentEncoded(values[name as keyof typeof values] ?? ''));
  return { title, url: `/explore?schemaVersion=1&orgId=\${__org.id}&panes=${encoded}`, targetBlank: true };
}

interface TraceSearch {
  readonly title: string;
  readonly service: string;
  readonly operation?: string;
  /** Only traces that took longer. */
  readonly minSeconds?: number;
}

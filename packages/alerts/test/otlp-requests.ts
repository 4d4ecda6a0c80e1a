type SignalName = 'logs' | 'metrics';
type Attributes = Readonly<Record<string, string>>;

export const nanos = (iso: string) => `${BigInt(Date.parse(iso)) * 1_000_000n}`;

export function attributes(given: Attributes) {
  return Object.entries(given).map(([key, value]) => ({ key, value: { stringValue: value } }));
}

/** A log record as the compiled collector configuration sends it. */
export function breach(rule: string, labels: Attributes = {}, more: Readonly<Record<string, unknown>> = {}) {
  const marks = Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [`pg_otel.alert.label.${name}`, value]),
  );
  return { attributes: attributes({ 'pg_otel.alert.rule': rule, ...marks }), ...more };
}

export function logs(...logRecords: readonly object[]) {
  return { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
}

export function metrics(...all: readonly object[]) {
  return { resourceMetrics: [{ scopeMetrics: [{ metrics: all }] }] };
}

export interface Sent {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

export function encoded(signal: SignalName, request: object): Sent {
  return {
    path: `/v1/${signal}`,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(request)),
  };
}

export async function post(
  url: string,
  { path, contentType, body }: Sent,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: Headers; body: Buffer; json(): unknown }> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': contentType, ...headers },
    body: new Uint8Array(body),
  });
  const answer = Buffer.from(await response.arrayBuffer());
  return {
    status: response.status,
    headers: response.headers,
    body: answer,
    json: () => JSON.parse(answer.toString()),
  };
}

export async function postLogs(url: string, ...records: readonly object[]) {
  return post(url, encoded('logs', logs(...records)));
}

/** A sample of /metrics, 0 when there is none. */
export async function counted(url: string, sample: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`pg_otel_bridge_${sample} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}

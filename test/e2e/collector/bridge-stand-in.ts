import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { pollUntil } from '@pg-otel/testkit';
import { type Attributes, attributesOf, type OtlpKeyValue } from './otlp-json';

/** A log record or data point as it reached the bridge, with everything it carries. */
export interface ReceivedBreach {
  readonly signal: 'logs' | 'metrics';
  /** Of the request it came in: counted from 0. */
  readonly request: number;
  readonly attributes: Attributes;
  /** Of the resource and the scope together. */
  readonly others: Attributes;
  readonly body: unknown;
  readonly traceId: string | undefined;
  readonly flags: number;
  readonly value: number | undefined;
}

/** Stands in for `pg-otel alerts bridge`: keeps what it accepts. */
export interface BridgeStandIn {
  readonly url: string;
  readonly received: readonly ReceivedBreach[];
  /** Of the header `authorization`, of each request. */
  readonly authorizations: readonly (string | undefined)[];
  /** What it answers 503 to; nothing by default. */
  refuse: (received: readonly ReceivedBreach[]) => boolean;
  /** Resolves as soon as so many breaches have arrived. @throws when they are not in time */
  waitFor(count: number, timeoutMillis?: number): Promise<readonly ReceivedBreach[]>;
  /** Nobody listens there any more, until `up()`. */
  down(): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
}

export async function startBridgeStandIn(): Promise<BridgeStandIn> {
  const received: ReceivedBreach[] = [];
  const authorizations: (string | undefined)[] = [];
  let requests = 0;
  const server = http.createServer(async (request, response) => {
    const given = read((await json(request)) as OtlpRequest, requests++);
    authorizations.push(request.headers.authorization);
    if (standIn.refuse(given)) {
      response.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    received.push(...given);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;

  const standIn: BridgeStandIn = {
    url: `http://127.0.0.1:${port}`,
    received,
    authorizations,
    refuse: () => false,
    async waitFor(count, timeoutMillis = 15_000) {
      await pollUntil(async () => received.length >= count, timeoutMillis).catch((error: Error) => {
        throw new Error(`${received.length} of ${count} arrived: ${JSON.stringify(received)}`, {
          cause: error,
        });
      });
      return received;
    },
    async down() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
    up: () => listen(port),
    async stop() {
      if (server.listening) await standIn.down();
    },
  };
  return standIn;
}

interface OtlpRequest {
  readonly resourceLogs?: readonly (Owned & {
    readonly scopeLogs?: readonly (Scoped & { readonly logRecords?: readonly OtlpRecord[] })[];
  })[];
  readonly resourceMetrics?: readonly (Owned & {
    readonly scopeMetrics?: readonly (Scoped & {
      readonly metrics?: readonly { readonly gauge?: { readonly dataPoints?: readonly OtlpPoint[] } }[];
    })[];
  })[];
}
interface Owned {
  readonly resource?: { readonly attributes?: readonly OtlpKeyValue[] };
}
interface Scoped {
  readonly scope?: { readonly attributes?: readonly OtlpKeyValue[] };
}
interface OtlpRecord {
  readonly attributes?: readonly OtlpKeyValue[];
  readonly body?: unknown;
  readonly traceId?: string;
  readonly flags?: number;
}
interface OtlpPoint {
  readonly attributes?: readonly OtlpKeyValue[];
  readonly asDouble?: number;
  readonly asInt?: string;
}

function read({ resourceLogs = [], resourceMetrics = [] }: OtlpRequest, request: number): ReceivedBreach[] {
  const others = ({ resource }: Owned, { scope }: Scoped) => ({
    ...attributesOf(resource?.attributes),
    ...attributesOf(scope?.attributes),
  });
  const logs = resourceLogs.flatMap((owner) =>
    (owner.scopeLogs ?? []).flatMap((scoped) =>
      (scoped.logRecords ?? []).map(
        ({ attributes, body, traceId, flags = 0 }): ReceivedBreach => ({
          ...{ signal: 'logs', request, attributes: attributesOf(attributes), others: others(owner, scoped) },
          ...{ body, traceId, flags, value: undefined },
        }),
      ),
    ),
  );
  const points = resourceMetrics.flatMap((owner) =>
    (owner.scopeMetrics ?? []).flatMap((scoped) =>
      (scoped.metrics ?? []).flatMap(({ gauge }) =>
        (gauge?.dataPoints ?? []).map(
          ({ attributes, asDouble, asInt }): ReceivedBreach => ({
            ...{ signal: 'metrics', request, attributes: attributesOf(attributes) },
            ...{ others: others(owner, scoped), body: undefined, traceId: undefined, flags: 0 },
            value: asDouble ?? Number(asInt),
          }),
        ),
      ),
    ),
  );
  return [...logs, ...points];
}

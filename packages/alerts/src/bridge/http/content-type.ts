import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal';

/** OTLP has Protobuf, too; the compiled collector configuration sends JSON. @throws {Refusal} 415 */
export function requireJson(request: IncomingMessage): void {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return;
  throw new Refusal(
    415,
    'content-type must be application/json: set "encoding: json" for the exporter otlp_http of the collector, ' +
      'OTEL_EXPORTER_OTLP_PROTOCOL=http/json for an SDK',
  );
}

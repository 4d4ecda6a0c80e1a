import net from 'node:net';
import { text } from '../../environment';
import { exporterNames } from '../../pipeline/exporters';
import { otlpProtocol, type Signal, settingName } from '../../pipeline/otlp';
import type { Finding } from './finding';

const CONNECT_MILLIS = 2_000;
const defaultPort: Record<string, number> = { 'http:': 80, 'https:': 443 };

/** Whether anybody listens where a signal goes. */
export async function checkExporter(signal: Signal): Promise<Finding> {
  const names = exporterNames(signal);
  const check = signal;
  if (names.length === 0) {
    return { check, status: 'note', message: `not exported (OTEL_${signal.toUpperCase()}_EXPORTER)` };
  }
  if (!(names as string[]).includes('otlp'))
    return { check, status: 'ok', message: `exported to ${names.join(', ')}` };
  const written = endpoint(signal);
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || defaultPort[url.protocol] === undefined) {
    return {
      check,
      status: 'problem',
      message: `${settingName(signal, 'ENDPOINT')} is not an http:// or https:// URL`,
      advice: 'Such as http://localhost:4318.',
    };
  }
  const protocol = otlpProtocol(signal);
  const details = { endpoint: withoutSecrets(url), protocol };
  const failure = await connect(url);
  if (failure === undefined) {
    return { check, status: 'ok', message: `${withoutSecrets(url)} is reachable (${protocol})`, details };
  }
  return {
    check,
    status: 'problem',
    message: `${withoutSecrets(url)} is not reachable: ${failure}`,
    advice: `Start a collector there, or set ${settingName(signal, 'ENDPOINT')}.`,
    details,
  };
}

/** Where a signal goes, after the specification: its own variable as it is, the common one with a path for HTTP. */
function endpoint(signal: Signal): string {
  const isGrpc = otlpProtocol(signal) === 'grpc';
  const name = settingName(signal, 'ENDPOINT');
  const written = text(name) ?? (isGrpc ? 'http://localhost:4317' : 'http://localhost:4318');
  // A gRPC target may come without a scheme.
  if (isGrpc) return /^https?:\/\//.test(written) ? written : `http://${written}`;
  return name === 'OTEL_EXPORTER_OTLP_ENDPOINT' ? `${written.replace(/\/$/, '')}/v1/${signal}` : written;
}

/** User, password and query may be keys to somebody's account. */
export function withoutSecrets(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function connect(url: URL): Promise<string | undefined> {
  const port = Number(url.port) || defaultPort[url.protocol];
  return new Promise((resolve) => {
    const socket = net.connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: port as number });
    const settle = (failure?: string) => {
      socket.destroy();
      resolve(failure);
    };
    socket.setTimeout(CONNECT_MILLIS, () => settle(`no answer within ${CONNECT_MILLIS} ms`));
    socket.once('connect', () => settle());
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}

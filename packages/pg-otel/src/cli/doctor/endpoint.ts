import net from 'node:net';
import type { SignalName } from '../../api-registry';
import { variable } from '../../environment';
import { otlpEndpoint, otlpProtocol, settingName } from '../../pipeline/otlp-exporter';
import { withoutSecrets } from '../../pipeline/outages';
import { exporterNames } from '../../settings/settings';
import type { Finding } from '../finding';

const CONNECT_MILLIS = 2_000;
const defaultPort: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Checks whether a receiver listens at the endpoint of a signal. */
export async function checkExporter(signal: SignalName): Promise<Finding> {
  const check = signal;
  if (variable('OTEL_CONFIG_FILE') !== undefined) {
    const message = 'OTEL_CONFIG_FILE describes the exporters, whose endpoints are not checked here';
    return { check, status: 'note', message };
  }
  const names = exporterNames(signal);
  if (names.length === 0) {
    return { check, status: 'note', message: `not exported (OTEL_${signal.toUpperCase()}_EXPORTER)` };
  }
  if (!(names as string[]).includes('otlp'))
    return { check, status: 'ok', message: `exported to ${names.join(', ')}` };
  const { url } = otlpEndpoint(signal);
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

function connect({ protocol, hostname, port, pathname }: URL): Promise<string | undefined> {
  const target =
    protocol === 'unix:'
      ? { path: pathname }
      : { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (defaultPort[protocol] ?? 4317) };
  return new Promise((resolve) => {
    const socket = net.connect(target);
    const settle = (failure?: string) => {
      socket.destroy();
      resolve(failure);
    };
    socket.setTimeout(CONNECT_MILLIS, () => settle(`no answer within ${CONNECT_MILLIS} ms`));
    socket.once('connect', () => settle());
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}

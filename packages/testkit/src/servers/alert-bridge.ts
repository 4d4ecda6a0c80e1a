import * as path from 'node:path';
import { repository } from '../installations';
import { type ServerProcess, startServerProcess } from './server-process';

export interface AlertBridgeOptions {
  /** URL of Alertmanager. */
  readonly alertmanager: string;
  /** Seconds that an alert stays active when it is not repeated; the bridge's default is 180. */
  readonly holdSeconds?: number;
  /** MB that its heap may have; default: Node's. */
  readonly heapMegabytes?: number;
}

/** Starts `pg-otel alerts bridge`, as users do, from the build. @throws when it does not start, with its log */
export async function startAlertBridge(options: AlertBridgeOptions): Promise<ServerProcess<'otlp'>> {
  const { alertmanager, holdSeconds, heapMegabytes } = options;
  return startServerProcess({
    name: 'bridge',
    program: process.execPath,
    ports: ['otlp'],
    args: ({ ports }) => [
      ...(heapMegabytes === undefined ? [] : [`--max-old-space-size=${heapMegabytes}`]),
      path.join(repository, 'packages/pg-otel/dist/cli/main.js'),
      ...['alerts', 'bridge', '--alertmanager', alertmanager],
      ...['--listen', `127.0.0.1:${ports.otlp}`],
      ...(holdSeconds === undefined ? [] : ['--hold', `${holdSeconds}`]),
    ],
    isReady: async ({ ports }) => (await fetch(`http://127.0.0.1:${ports.otlp}/-/healthy`)).ok,
  });
}

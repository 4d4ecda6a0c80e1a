import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import {
  type FixtureResult,
  freePort,
  type OtlpCapture,
  repository,
  startFixture,
  traceOutline,
} from '@pg-otel/testkit';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body; JSON is parsed. */
  readonly body: unknown;
  readonly traceId: string;
}

export interface RunningExample {
  readonly url: string;
  readonly pid: number;
  /** Sends a request that starts a new trace. */
  request(path: string, init?: RequestInit): Promise<Answer>;
  waitForOutput(text: string): Promise<void>;
  /** Sends SIGTERM. Resolves when the example has ended. */
  stop(): Promise<FixtureResult>;
}

/** The folder of an example. It runs where it is, with the packages of this repository. */
export const folderOf = (name: string): string => path.join(repository, 'examples', name);

/** The words of a script in the package.json of an example, without `node`. */
export function commandOf(name: string, script: string): string[] {
  const { scripts } = JSON.parse(readFileSync(path.join(folderOf(name), 'package.json'), 'utf8'));
  const [program, ...command] = (scripts[script] as string).split(' ');
  expect(program).toBe('node');
  return command;
}

/** Starts an example by its `npm start`, and waits until it listens. */
export async function startExample(
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningExample> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = startFixture({
    installation: 'otel-2',
    folder: folderOf(name),
    command: commandOf(name, 'start'),
    env: {
      PORT: String(port),
      OTEL_SERVICE_NAME: name,
      // Exports happen at the end only: what arrives was exported by it.
      OTEL_BSP_SCHEDULE_DELAY: '3600000',
      OTEL_METRICS_EXPORTER: 'otlp',
      // Those of clouds ask for an address that is only there in the cloud.
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      // Else it depends on the machine's load which requests have one.
      PG_OTEL_ACQUIRE_SPANS: 'always',
      ...env,
    },
  });
  started.push(() => program.kill('SIGKILL'));
  await program.waitForOutput(url);
  return {
    url,
    pid: program.pid,
    waitForOutput: program.waitForOutput,
    async request(path, init = {}) {
      const traceId = randomBytes(16).toString('hex');
      const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
      const response = await fetch(`${url}${path}`, {
        redirect: 'manual',
        ...init,
        headers: { ...init.headers, traceparent },
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      return {
        status: response.status,
        headers: response.headers,
        body: isJson ? JSON.parse(text) : text,
        traceId,
      };
    },
    stop() {
      program.kill('SIGTERM');
      return program.ended;
    },
  };
}

const started: (() => void)[] = [];

/** Ends what a failed test left. */
export function endExamples(): void {
  for (const kill of started.splice(0)) kill();
}

/** A request with a JSON body. */
export const post = (body: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

/** The outline of the trace of a request. */
export const traceOf = (capture: OtlpCapture, { traceId }: Answer): string[] =>
  traceOutline(capture.spans().filter((span) => span.traceId === traceId));

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { text } from 'node:stream/consumers';
import { freePort, pollUntil } from '@pg-otel/testkit';
import { commandsOf } from './guide';
import { commandsBeyondNode, prepare } from './prepare';
import type { Setup } from './setup';
import { startShell } from './shell';
import { capture, postgres } from './stage';

/** Nothing takes as long, unless something is wrong; a development server on a busy machine takes a minute. */
const START_MILLIS = 240_000;
const END_MILLIS = 60_000;

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  /** The trace that the request belongs to. */
  readonly traceId: string;
}

interface End {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Application {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Where it is installed. */
  readonly folder: string;
  /** Sends a GET request that starts a new trace. */
  get(path: string): Promise<Answer>;
  /** Sends SIGTERM and resolves when the application has ended. */
  stop(): Promise<End>;
}

/** Prepares the application of a set-up and starts it with the guide's command, on the stage's Postgres and capture. */
export async function startApplication(
  setup: Setup,
  env: Readonly<Record<string, string>> = {},
): Promise<Application> {
  const cwd = await prepare(setup);
  const port = await freePort();
  const child = startShell(commandsOf(setup.guide, setup.start), {
    cwd,
    node: setup.node ?? process.execPath,
    commands: commandsBeyondNode(setup),
    env: { ...postgres.env, DATABASE_URL: postgres.url, PORT: String(port), ...telemetry(), ...env },
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      output[stream] += chunk;
    });
  }
  const ended = once(child, 'close').then(([code, signal]): End => ({ ...output, code, signal }));
  const killGroup = () => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  };
  started.push(killGroup);

  await pollUntil(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return 'ended';
    return isListening(port);
  }, START_MILLIS).catch((error) => {
    throw new Error(`${error.message}\n${output.stdout}${output.stderr}`);
  });
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error(`The application ended at its start:\n${output.stdout}${output.stderr}`);

  return {
    url: `http://127.0.0.1:${port}`,
    folder: cwd,
    get: (path) => get(port, path),
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(killGroup, END_MILLIS);
      const end = await ended;
      clearTimeout(late);
      return end;
    },
  };
}

const started: (() => void)[] = [];

/** Ends what a failed test left. */
afterEach(() => {
  for (const killGroup of started.splice(0)) killGroup();
});

function telemetry(): Record<string, string> {
  return {
    ...capture.env,
    OTEL_SERVICE_NAME: 'notes',
    // Short for the tests, and long for an export on a busy machine.
    OTEL_METRIC_EXPORT_INTERVAL: '5000',
    OTEL_METRIC_EXPORT_TIMEOUT: '5000',
    // Those of clouds ask for an address that is only there in the cloud, and some warn.
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
    // Else it depends on the machine's load which requests have one.
    PG_OTEL_ACQUIRE_SPANS: 'always',
  };
}

async function isListening(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function get(port: number, path: string): Promise<Answer> {
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  // A connection for each request: one that is kept alive would delay the end of the application.
  const request = http.get({ host: '127.0.0.1', port, path, agent: false, headers: { traceparent } });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode, body: await text(response), traceId };
}

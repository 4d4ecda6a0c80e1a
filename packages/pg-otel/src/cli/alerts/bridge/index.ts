import { once } from 'node:events';
import type { Bridge } from '@pg-otel/alerts/bridge';
import { BadInput } from '../../bad-input';
import { type Command, type CommandIo, EXIT } from '../../command';
import { loadBridge } from '../package';
import { readArguments } from './arguments';
import { badInputOf } from './option-names';

export const bridge: Command = {
  summary: 'Receives breaches by OTLP and sends them to Alertmanager as alerts',
  help: `Usage: pg-otel alerts bridge --alertmanager <url> [options]

Receives log records and data points that the collector marked as breaches, by OTLP/JSON over HTTP, and sends them on
as alerts. It stores nothing: it answers 503 until the alerts are accepted, and the collector's queue keeps the request.

Options:
  --alertmanager <url>          Base URL of an Alertmanager, like http://localhost:9093; may be repeated for its
                                replicas, of which one must accept. Or PG_OTEL_BRIDGE_ALERTMANAGER, with spaces between
  --webhook <url>               Receives the same alerts as a JSON array and must answer 2xx. Or PG_OTEL_BRIDGE_WEBHOOK
  --listen <host:port>          Default 127.0.0.1:4319
  --token-file <file>           File with the bearer token that requests must have; read for each request. Or PG_OTEL_BRIDGE_TOKEN
  --tls-cert <file>             Certificate (chain) in PEM; without it plain HTTP
  --tls-key <file>              Key of the certificate, in PEM
  --hold <seconds>              How long an alert lasts after its last record; default 180
  --max-body <bytes>            Size limit of a request, compressed and decompressed; default 2097152
  --max-requests <n>            Requests forwarded at the same time; default 16
  --request-timeout <seconds>   From the headers to the answer; default 25
  --delivery-timeout <seconds>  For each request to Alertmanager or the webhook; default 10
  --stop-timeout <seconds>      Time for requests in flight when it stops; default 10
  --json                        Print a line of JSON when it listens, {"host", "port", "url"}, and one when it has stopped

SIGTERM and SIGINT stop it. Exit code: 0 stopped, 1 it does not start, 2 bad input
`,
  async run(args, io) {
    try {
      const { isJson, options, names } = await readArguments(args, process.env);
      const { BridgeOptionError, startBridge } = await loadBridge(io.cwd);
      const log = (line: string) => io.err(`${line}\n`);
      const running = await startBridge({ ...options, log }).catch((error: unknown) => {
        throw error instanceof BridgeOptionError ? badInputOf(error, names) : error;
      });
      await untilStopped(running, isJson, io, options.token ?? options.tokenFile);
      return EXIT.ok;
    } catch (error) {
      if (error instanceof BadInput) {
        io.err(`${error.message}\n`);
        return EXIT.badInput;
      }
      // Errors of parseArgs are reported by the caller.
      if (!isOfStart(error)) throw error;
      const option = error.syscall === 'listen' ? '--listen: ' : '';
      io.err(`The bridge does not start: ${option}${error.message}\n`);
      return EXIT.problem;
    }
  },
};

async function untilStopped(
  running: Bridge,
  isJson: boolean,
  io: CommandIo,
  token: string | undefined,
): Promise<void> {
  // Registered before the line is printed: a process that waits for it may send a signal at once.
  const signal = Promise.race(
    ['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(([which]) => which as string)),
  );
  const { host, port, url } = running;
  io.out(isJson ? `${JSON.stringify({ host, port, url })}\n` : `Listening for OTLP on ${url}\n`);
  if (token === undefined && !/^(localhost|127\..*|::1)$/.test(host)) {
    io.err(`Anyone who can reach ${url} can raise alerts: no token is set.\n`);
  }
  const name = await signal;
  await running.stop();
  io.out(isJson ? `${JSON.stringify({ stopped: name })}\n` : `Stopped by ${name}\n`);
}

/** Whether the port is taken, the host is not an address of this machine, or certificate and key do not match. */
function isOfStart(error: unknown): error is NodeJS.ErrnoException {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  return error instanceof Error && /^(E[A-Z]+|ERR_(OSSL|TLS|SSL).*)$/.test(code);
}

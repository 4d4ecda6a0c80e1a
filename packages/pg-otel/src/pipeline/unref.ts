import type { Agent } from 'node:http';
import { Socket } from 'node:net';
import { isEnding, sleepUntilEnding } from '../process/ending';
import {
  type ExportResponse,
  grpcTransport,
  httpExporterInternals,
  prometheusServer,
} from '../sdk/internals';

type ConnectArguments = Parameters<Agent['createConnection']>;

/**
 * A connect that gets no answer keeps the event loop alive even when its socket is unref'd, because libuv counts the
 * request. So it gets no more time than a flush.
 */
const CONNECT_TIMEOUT_MILLIS = 2_000;

/**
 * Lets the process end while an OTLP/HTTP exporter retries or has a connection open. Without this, an application whose
 * collector is down ends up to `OTEL_EXPORTER_OTLP_TIMEOUT` (10 s) late.
 */
export function unrefHttp<Exporter extends object>(exporter: Exporter): Exporter {
  const internals = httpExporterInternals(exporter);
  if (internals === undefined) return exporter;
  const { retrying, transport, parameters } = internals;

  const { send } = transport;
  const sendOnce: typeof send = async (data, timeoutMillis) => {
    const response = await send.call(transport, data, timeoutMillis);
    return isEnding() && isUnreachable(response) ? { ...response, status: 'failure' } : response;
  };
  transport.send = sendOnce;
  retrying.retry = async (data, timeoutMillis, inMillis) => {
    await sleepUntilEnding(inMillis);
    return sendOnce(data, timeoutMillis);
  };

  const { agentFactory } = parameters;
  parameters.agentFactory = async (protocol) => unrefAgent(await agentFactory.call(parameters, protocol));
  return exporter;
}

/** Whether the receiver is unreachable. A process that ends retries only after other failures. */
function isUnreachable({ status, error }: ExportResponse): boolean {
  return status === 'retryable' && UNREACHABLE.has((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function unrefAgent(agent: Agent): Agent {
  const { createConnection, reuseSocket } = agent;
  agent.createConnection = (...args: ConnectArguments) => {
    const socket = createConnection.apply(agent, args);
    if (!(socket instanceof Socket)) return socket;
    const giveUp = () => socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }));
    const timer = setTimeout(giveUp, CONNECT_TIMEOUT_MILLIS).unref();
    for (const settled of ['connect', 'close']) socket.once(settled, () => clearTimeout(timer));
    return socket.unref();
  };
  agent.reuseSocket = (socket, request) => {
    reuseSocket.call(agent, socket, request);
    if (socket instanceof Socket) socket.unref();
  };
  return agent;
}

/** Shorter than the 5 s between two batches: otherwise consecutive calls would leave no moment for the process to end. */
const CALL_MILLIS = 4_000;
/** The limit when the process has nothing else left to do. */
const LAST_CALL_MILLIS = 2_000;

/**
 * Shortens the calls of an OTLP/gRPC exporter. A call keeps the process alive until it is answered or its deadline is
 * over, and nothing of `@grpc/grpc-js` can be unref'd from outside.
 * @param isTimeoutSet whether the environment sets the timeout, which then applies while the process runs
 */
export function limitGrpc<Exporter extends object>(exporter: Exporter, isTimeoutSet: boolean): Exporter {
  const transport = grpcTransport(exporter);
  if (transport === undefined) return exporter;
  const { send } = transport;
  transport.send = (data, timeoutMillis) => {
    const usual = isTimeoutSet ? timeoutMillis : CALL_MILLIS;
    return send.call(transport, data, isEnding() ? Math.min(usual, LAST_CALL_MILLIS) : usual);
  };
  return exporter;
}

/** The exporter's server is unref'd already, but the connections that a scraper keeps open are not. */
export function unrefPrometheus<Exporter extends object>(exporter: Exporter): Exporter {
  prometheusServer(exporter)?.on('connection', (socket) => socket.unref());
  return exporter;
}

import type { Agent } from 'node:http';
import { Socket } from 'node:net';

/** What of an OTLP exporter's insides is touched here; the same names on both lines, and nothing happens without them. */
interface OtlpExporterInsides {
  _delegate?: { _transport?: RetryingTransport };
}
interface RetryingTransport {
  retry?(data: Uint8Array, timeoutMillis: number, inMillis: number): Promise<unknown>;
  _transport?: {
    send?(data: Uint8Array, timeoutMillis: number): Promise<unknown>;
    _parameters?: { agentFactory?(protocol: string): Agent | Promise<Agent> };
  };
}
type ConnectArguments = Parameters<Agent['createConnection']>;

/**
 * A connect that gets no answer holds the event loop even when its socket is unref'd (libuv counts the request), so
 * it gets no longer than a flush does.
 */
const CONNECT_TIMEOUT_MILLIS = 2_000;

/**
 * Lets an OTLP/HTTP exporter's retries and sockets not keep the process alive: as they are, an application whose
 * collector is down ends up to `OTEL_EXPORTER_OTLP_TIMEOUT` (10 s) late.
 */
export function unrefHttp<Exporter extends object>(exporter: Exporter): Exporter {
  const retrying = (exporter as OtlpExporterInsides)._delegate?._transport;
  const transport = retrying?._transport;
  if (retrying?.retry !== undefined && transport?.send !== undefined) {
    retrying.retry = async (data, timeoutMillis, inMillis) => {
      await new Promise((resolve) => setTimeout(resolve, inMillis).unref());
      return transport.send?.(data, timeoutMillis);
    };
  }
  const parameters = transport?._parameters;
  const createAgent = parameters?.agentFactory;
  if (parameters !== undefined && createAgent !== undefined) {
    parameters.agentFactory = async (protocol) => unrefAgent(await createAgent(protocol));
  }
  return exporter;
}

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

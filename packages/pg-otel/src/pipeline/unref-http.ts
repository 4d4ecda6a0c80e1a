import type { Agent } from 'node:http';
import { Socket } from 'node:net';
import { isEnding, sleepUntilEnding } from '../process/ending';

/** What of an OTLP exporter's insides is touched here; the same names on both lines, and nothing happens without them. */
interface OtlpExporterInsides {
  _delegate?: { _transport?: RetryingTransport };
}
interface ExportResponse {
  readonly status: string;
  readonly error?: unknown;
}
interface RetryingTransport {
  retry?(data: Uint8Array, timeoutMillis: number, inMillis: number): Promise<ExportResponse>;
  _transport?: {
    send?(data: Uint8Array, timeoutMillis: number): Promise<ExportResponse>;
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
  const send = transport?.send;
  if (retrying?.retry !== undefined && transport !== undefined && send !== undefined) {
    const sendOnce = async (data: Uint8Array, timeoutMillis: number): Promise<ExportResponse> => {
      const response = await send.call(transport, data, timeoutMillis);
      return isEnding() && isAbsent(response) ? { ...response, status: 'failure' } : response;
    };
    transport.send = sendOnce;
    retrying.retry = async (data, timeoutMillis, inMillis) => {
      await sleepUntilEnding(inMillis);
      return sendOnce(data, timeoutMillis);
    };
  }
  const parameters = transport?._parameters;
  const createAgent = parameters?.agentFactory;
  if (parameters !== undefined && createAgent !== undefined) {
    parameters.agentFactory = async (protocol) => unrefAgent(await createAgent(protocol));
  }
  return exporter;
}

/** Nobody is there: an answer. A process that ends does not ask again; of other failures it does, within its limit. */
function isAbsent({ status, error }: ExportResponse): boolean {
  return status === 'retryable' && ABSENT.has((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}

const ABSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

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

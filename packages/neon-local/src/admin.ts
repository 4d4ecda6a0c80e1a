import type { IncomingMessage, ServerResponse } from 'node:http';
import { EndpointError } from './endpoint-error';
import type { FaultOptions, FaultPlan } from './faults';
import { readBody } from './request-body';
import type { Stats } from './stats';

const MAX_BODY_BYTES = 10_000;

/** For tests in another process: sets faults (`POST|DELETE /neon-local/faults`), reads counts (`GET /neon-local/stats`). */
export async function answerAdmin(
  plan: FaultPlan,
  stats: Stats,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  switch (`${request.method} ${path}`) {
    case 'GET /neon-local/stats':
      answer(response, 200, stats);
      return;
    case 'DELETE /neon-local/faults':
      plan.clear();
      response.writeHead(204).end();
      return;
    case 'POST /neon-local/faults':
      try {
        requireJson(request);
        plan.set(...readSetting(JSON.parse(await readBody(request, MAX_BODY_BYTES))));
        response.writeHead(204).end();
      } catch (error) {
        request.resume();
        const status = error instanceof EndpointError ? error.status : 400;
        answer(response, status, { message: (error as Error).message });
      }
      return;
    default:
      request.resume();
      answer(response, 400, {
        message: 'there is GET /neon-local/stats, POST /neon-local/faults and DELETE /neon-local/faults',
      });
  }
}

/** Requires JSON, because a web page can send other types without a preflight. @throws {EndpointError} 415 */
function requireJson({ headers }: IncomingMessage): void {
  if (/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) return;
  throw new EndpointError(415, 'the content-type must be application/json');
}

/** @throws {TypeError} when the value is not an object */
function readSetting(body: unknown): [fault: unknown, options: FaultOptions] {
  if (typeof body !== 'object' || body === null) {
    throw new TypeError(
      'the body must be an object like { "fault": "status:429", "times": 2, "on": "http" }',
    );
  }
  const { fault, ...options } = body as FaultOptions & { readonly fault?: unknown };
  return [fault, options];
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

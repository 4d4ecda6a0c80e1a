import type { IncomingMessage, ServerResponse } from 'node:http';
import { json as readJson } from 'node:stream/consumers';
import type { FaultOptions, FaultPlan } from './faults';
import type { Stats } from './stats';

/** For tests in another process: `POST|DELETE /neon-local/faults`, `GET /neon-local/stats`. */
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
        plan.set(...readSetting(await readJson(request)));
        response.writeHead(204).end();
      } catch (error) {
        answer(response, 400, { message: (error as Error).message });
      }
      return;
    default:
      answer(response, 400, {
        message: 'there is GET /neon-local/stats, POST /neon-local/faults and DELETE /neon-local/faults',
      });
  }
}

/** @throws {TypeError} for what is no object */
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

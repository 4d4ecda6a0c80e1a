import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Requests on their way at once: one core is busy with them. With three times as many the queue of traces overflows. */
const IN_FLIGHT = 16;
/** Before what was refused is sent again. */
const BACKOFF_MILLIS = 20;

/** Sends recorded requests in a closed loop. Resolves with how many were taken, and refused for now. */
export async function drive({ port, recorded, mix, seconds }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const next = inTurn(recorded, mix);
  const end = performance.now() + seconds * 1000;
  const counts = { taken: 0, refused: 0 };
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (performance.now() < end) {
        const { path, body } = next();
        while ((await send(agent, port, path, body)) === 'refused') {
          counts.refused++;
          if (performance.now() > end) return;
          await sleep(BACKOFF_MILLIS);
        }
        counts.taken++;
      }
    }),
  );
  agent.destroy();
  return counts;
}

/** Spans, and then as many log records as the mix has for them. */
function inTurn({ spans, foreign, events }, mix) {
  const owed = { foreign: 0, events: 0 };
  const take = { spans: around(spans), foreign: around(foreign), events: around(events) };
  return () => {
    for (const name of ['foreign', 'events']) {
      if (owed[name] < 1) continue;
      const { body, items } = take[name]();
      owed[name] -= items;
      return { path: '/v1/logs', body };
    }
    const { body, items } = take.spans();
    owed.foreign += items * mix.foreign;
    owed.events += items * mix.events;
    return { path: '/v1/traces', body };
  };
}

function around(list) {
  let index = 0;
  return () => list[index++ % list.length];
}

function send(agent, port, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({
      ...{ agent, host: '127.0.0.1', port, path, method: 'POST' },
      headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      const { statusCode } = response;
      response.resume().once('end', () => {
        if (statusCode === 200) resolve('taken');
        else if (statusCode === 429 || statusCode === 503) resolve('refused');
        else reject(new Error(`bench: the collector answered ${statusCode}`));
      });
    });
    request.end(body);
  });
}

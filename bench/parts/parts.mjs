import { diagnosis } from './diagnosis.mjs';
import { drivers } from './drivers.mjs';
import { insights } from './insights.mjs';
import { managed } from './managed.mjs';
import { running } from './running.mjs';
import { sanitising } from './sanitising.mjs';
import { server } from './server.mjs';
import { startup } from './startup.mjs';
import { stub } from './stub.mjs';
import { whole } from './whole.mjs';

/**
 * What `npm run bench` measures, in the order of the page. A part has
 * - `title`: the heading of its section
 * - `page`: of docs/, if it is another one than that of most parts
 * - `packages`: those whose versions are shown
 * - `needsServer`: whether it measures on a Postgres
 * - `format`: another number when `measure` resolves with other data than before, so that older results are not shown
 * - `cells`: what is measured one after the other, `{ version, load, mode }`
 * - `measure(cell, { node, folder, env, effort, compared })`: resolves with plain data
 * - `report(results)`: the figures as Markdown, of `[{ version, load, mode, measured }]`
 * - `judge(results)`: its goals, if it has some
 */
export const PARTS = {
  whole,
  startup,
  insights,
  managed,
  drivers,
  stub,
  server,
  running,
  sanitising,
  diagnosis,
};

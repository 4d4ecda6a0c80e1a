import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cellsOf } from '../cells.mjs';
import { VERSIONS } from '../names.mjs';
import { NODE_OPTIONS } from '../rounds.mjs';
import { table } from '../table.mjs';

const script = fileURLToPath(new URL('../running.mjs', import.meta.url));

const ORDERS = { started: 'in the order of their starts', any: 'in any order' };
/** Nanoseconds per query. */
const LIMIT = 50;

/** The list of running operations, on the Node of each major version. */
export const running = {
  title: 'The list of running operations',
  cells: cellsOf({ version: Object.keys(VERSIONS) }),
  measure(_cell, { node, env, effort }) {
    const args = [...NODE_OPTIONS, script, JSON.stringify(effort.running)];
    const { status, stdout, stderr } = spawnSync(node, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`bench/running.mjs ended with code ${status}:\n${stderr}`);
    return JSON.parse(stdout);
  },
  report: (results) =>
    table(
      ['OTel', 'others running', 'added ns per query', 'heap bytes while one runs'],
      costs(results).map(({ version, load, nanoseconds, bytes }) => [
        VERSIONS[version],
        load,
        nanoseconds.toFixed(0),
        bytes.toFixed(0),
      ]),
    ),
  judge: (results) =>
    costs(results).map(({ version, load, nanoseconds }) => ({
      goal: 'added time per query',
      version,
      load,
      limit: `${LIMIT} ns`,
      measured: `${nanoseconds.toFixed(0)} ns`,
      isMet: nanoseconds <= LIMIT,
    })),
};

function costs(results) {
  return results.flatMap(({ version, measured: { costs, bytes } }) =>
    costs.map(({ others, order, nanoseconds }) => ({
      version,
      load: others === 1 ? '1' : `${others}, they end ${ORDERS[order]}`,
      nanoseconds,
      bytes,
    })),
  );
}

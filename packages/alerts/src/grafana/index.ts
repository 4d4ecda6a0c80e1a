import type { Compiled } from '../rules/compiled';
import { matchesAll, type Thresholds } from '../rules/rule';
import { dashboard } from './board';
import { alertsBoard } from './boards/alerts';
import { connectionsBoard } from './boards/connections';
import { poolsBoard } from './boards/pools';
import { queriesBoard } from './boards/queries';
import { tracesBoard } from './boards/traces';
import { PROVISIONING } from './provisioning';

const BOARDS = [queriesBoard, connectionsBoard, poolsBoard, alertsBoard, tracesBoard];

/** Compiles Grafana dashboards with limits as lines, and files that provision dashboards and data sources. */
export function compileGrafana(thresholds: Thresholds): Compiled {
  const overridden = thresholds.rules.filter(
    ({ variants }) => !variants.every(({ match }) => matchesAll(match)),
  );
  const names = overridden.map(({ name }) => name).join(', ');
  const note = `Grafana: a panel shows several services, so limits of overrides are listed in its description and not drawn (${names}).`;
  return {
    files: [
      ...BOARDS.map((boardOf) => {
        const board = boardOf(thresholds);
        const content = `${JSON.stringify(dashboard(board, thresholds), undefined, 2)}\n`;
        return { path: `grafana/${board.name}.json`, content };
      }),
      ...PROVISIONING,
    ],
    notes: overridden.length === 0 ? [] : [note],
  };
}

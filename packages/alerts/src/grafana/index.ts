import type { Compiled } from '../rules/compiled';
import { matchesAll, type Thresholds } from '../rules/rule';
import { type Board, dashboard } from './board';
import { alertsBoard } from './boards/alerts';
import { connectionsBoard } from './boards/connections';
import { poolsBoard } from './boards/pools';
import { queriesBoard } from './boards/queries';
import { tracesBoard } from './boards/traces';
import { provisioningFiles } from './provisioning';

const BOARDS: readonly ((thresholds: Thresholds) => Board)[] = [
  queriesBoard,
  connectionsBoard,
  poolsBoard,
  alertsBoard,
  tracesBoard,
];

/** Compiles Grafana dashboards with limits as lines, and files that provision dashboards and data sources. */
export function compileGrafana(thresholds: Thresholds): Compiled {
  const boards = BOARDS.map((board) => board(thresholds));
  const overridden = thresholds.rules.filter(({ variants }) =>
    variants.some(({ match }) => !matchesAll(match)),
  );
  return {
    files: [
      ...boards.map((board) => ({
        path: `grafana/${board.name}.json`,
        content: `${JSON.stringify(dashboard(board, thresholds), undefined, 2)}\n`,
      })),
      ...provisioningFiles(),
    ],
    notes:
      overridden.length === 0
        ? []
        : [
            `Grafana: a panel shows several services, so limits of overrides are listed in its description and not drawn (${overridden.map(({ name }) => name).join(', ')}).`,
          ],
  };
}

import { Document } from 'yaml';
import type { Compiled } from '../rules/compiled';
import type { Thresholds } from '../rules/rule';
import { INHIBIT_RULES } from './inhibition';
import { routeTree } from './routes';

/**
 * Alertmanager's configuration (0.25 and later): receivers as given, routes by a level's receiver and by severity, and
 * which alert keeps which quiet; with a table of tests of the routes.
 */
export function compileAlertmanager(thresholds: Thresholds): Compiled {
  return {
    files: [{ path: 'alertmanager/alertmanager.yaml', content: configFile(thresholds) }],
    notes: [],
  };
}

const HEAD = `# Generated from thresholds.yaml by \`pg-otel alerts build\`.
`;

function configFile(thresholds: Thresholds): string {
  const receivers = Object.entries(thresholds.receivers).map(([name, given]) => ({ name, ...given }));
  // Alertmanager reads YAML 1.1: what would be another type there, as `yes`, is quoted.
  const document = new Document(
    { route: routeTree(thresholds), inhibit_rules: INHIBIT_RULES, receivers },
    { version: '1.1', aliasDuplicateObjects: false },
  );
  return HEAD + document.toString({ lineWidth: 0 });
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { repository } from '../command.mjs';
import { table } from './table.mjs';

/** How Alertmanager groups and repeats the alerts of each severity, from its compiled configuration. */
export function notifications() {
  const file = path.join(repository, 'collector-config/alertmanager/alertmanager.yaml');
  const { route } = parse(readFileSync(file, 'utf8'));
  const rows = route.routes.map((each) => [
    each.matchers.map((matcher) => `\`${matcher}\``).join(', '),
    each.group_by.map((label) => `\`${label}\``).join(', '),
    each.group_wait === '0s' ? 'at once' : `after ${each.group_wait}`,
    `after ${each.group_interval}`,
    `every ${each.repeat_interval}`,
  ]);
  return table(
    ['alerts', 'grouped by', 'first notification', 'further alerts of the group', 'while it fires'],
    rows,
  );
}

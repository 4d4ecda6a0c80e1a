import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../command.mjs';
import { table } from './table.mjs';

/** Every level has these. */
const COMMON = ['severity', 'labels', 'runbook', 'receiver'];
const FORMATS = [
  [/%/, 'share'],
  [/ms/, 'duration'],
];

/** The settings of the levels of each watch, from the JSON schema of the thresholds. */
export function levelSettings() {
  const file = path.join(repository, 'collector-config/thresholds.schema.json');
  const { oneOf: watches } = JSON.parse(readFileSync(file, 'utf8')).properties.rules.additionalProperties;
  const rows = watches.flatMap(({ properties: { watch, levels } }) =>
    Object.entries(levels.items.properties)
      .filter(([name]) => !COMMON.includes(name))
      .map(([name, setting]) => [
        `\`${watch.const}\``,
        `\`${name}\``,
        typeOf(setting),
        levels.items.required.includes(name) ? 'required' : defaultOf(setting),
        setting.description ?? '',
      ]),
  );
  return table(['watch', 'setting', 'type', 'default', 'meaning'], rows);
}

function typeOf({ type, items, pattern = '' }) {
  if (type === 'array') return `list of ${items.enum.map((word) => `\`${word}\``).join(', ')}`;
  return FORMATS.find(([format]) => format.test(pattern))?.[1] ?? type;
}

const defaultOf = (setting) => (setting.default === undefined ? '–' : `\`${setting.default}\``);

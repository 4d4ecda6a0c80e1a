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
  const settings = new Map();
  for (const { properties } of watches) {
    const { properties: ofLevel, required } = properties.levels.items;
    for (const [name, setting] of Object.entries(ofLevel)) {
      if (COMMON.includes(name)) continue;
      const fallback = required.includes(name) ? 'required' : defaultOf(setting);
      const row = [`\`${name}\``, typeOf(setting), fallback, setting.description ?? ''];
      const { watches: same = [] } = settings.get(row.join()) ?? {};
      settings.set(row.join(), { row, watches: [...same, `\`${properties.watch.const}\``] });
    }
  }
  const rows = [...settings.values()]
    .map(({ row: [name, ...rest], watches: ofWatches }) => [name, ofWatches.join(', '), ...rest])
    .sort(([one], [other]) => one.localeCompare(other));
  return table(['setting', 'watches', 'type', 'default', 'meaning'], rows);
}

function typeOf({ type, items, pattern = '' }) {
  if (type === 'array') return `list of ${items.enum.map((word) => `\`${word}\``).join(', ')}`;
  return FORMATS.find(([format]) => format.test(pattern))?.[1] ?? type;
}

const defaultOf = (setting) => (setting.default === undefined ? '–' : `\`${setting.default}\``);

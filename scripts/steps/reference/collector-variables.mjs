import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../command.mjs';
import { table } from './table.mjs';

const PROFILES = ['single', 'standalone', 'agent', 'gateway'];
const VARIABLE = /^# {3}([A-Z][A-Z_]+) +(\S+) +(.+)$/gm;

/** The environment variables that the compiled collector configurations read, from the comments at their top. */
export function collectorVariables() {
  const variables = new Map();
  for (const profile of PROFILES) {
    const file = path.join(repository, 'collector-config', profile, 'collector.yaml');
    for (const [, name, fallback, meaning] of readFileSync(file, 'utf8').matchAll(VARIABLE)) {
      const variable = variables.get(name) ?? { fallback, meaning, profiles: [] };
      variable.profiles.push(profile);
      variables.set(name, variable);
    }
  }
  const rows = [...variables].map(([name, { fallback, meaning, profiles }]) => [
    `\`${name}\``,
    fallback === 'none' ? 'none' : `\`${fallback}\``,
    profiles.length === PROFILES.length ? 'all' : profiles.join(', '),
    meaning,
  ]);
  return table(['variable', 'default', 'profiles', 'meaning'], rows);
}

import type { Thresholds } from '../rules/rule';
import { eventRules } from './events';
import { gaugeRules } from './gauges';

/** What the profile standalone cannot keep, having no history. */
export function standaloneNotes({ rules }: Thresholds): string[] {
  const { kept, further } = gaugeRules(rules);
  const watched = new Set<string>([...eventRules(rules), ...kept, ...further].map(({ name }) => name));
  const unwatched = rules.filter(({ name }) => !watched.has(name));
  const lasting = kept.filter(({ variants }) =>
    variants.some(({ levels }) =>
      levels.some(({ forSeconds, keepFiringSeconds }) => forSeconds > 0 || keepFiringSeconds > 0),
    ),
  );
  return [
    ...noteOf(unwatched, 'not watched: Prometheus would be needed'),
    ...noteOf(lasting, 'told at once: `for` and `keepFiring` are not kept'),
    ...noteOf(further, 'not watched: another rule is of the same gauge already'),
  ];
}

function noteOf(rules: Thresholds['rules'], what: string): string[] {
  if (rules.length === 0) return [];
  const names = rules.map(({ name }) => name).join(', ');
  return [`standalone/collector.yaml: ${names} ${rules.length === 1 ? 'is' : 'are'} ${what}.`];
}

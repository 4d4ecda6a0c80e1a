import { bounded, MOST_ANNOTATION_CHARS, MOST_LABEL_CHARS } from '../rules/bounded';
import type { Cut } from './breach';
import type { Attributes } from './otlp/fields';

/** What the collector says of a breach, in attributes that the compiled configuration sets. */
export interface Marks {
  readonly labels: Map<string, string>;
  readonly annotations: Map<string, string>;
  readonly cut: Cut[];
}

const RULE = 'pg_otel.alert.rule';
const fields = [
  { field: 'label', prefix: 'pg_otel.alert.label.', mostChars: MOST_LABEL_CHARS },
  { field: 'annotation', prefix: 'pg_otel.alert.annotation.', mostChars: MOST_ANNOTATION_CHARS },
] as const;

/** Prometheus' data model, and what Alertmanager takes in each of its modes. */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/;
const MOST_FIELDS = 32;

/**
 * Labels, annotations and nothing else of the attributes. What does not fit is left out or cut, and told: an alert
 * without one of its labels is worth more than none.
 *
 * @returns undefined without a rule: nobody meant it for us
 */
export function readMarks(attributes: Attributes): Marks | undefined {
  const rule = attributes.find(({ key }) => key === RULE)?.value;
  if (!rule) return undefined;
  const cut: Cut[] = [];
  const [labels, annotations] = fields.map(({ field, prefix, mostChars }) => {
    const found = new Map<string, string>();
    for (const { key, value: text } of attributes) {
      if (!key.startsWith(prefix)) continue;
      const name = key.slice(prefix.length);
      if (text === '') continue;
      if (!NAME.test(name)) cut.push({ field, reason: 'name' });
      else if (text === undefined) cut.push({ field, reason: 'type' });
      else if (found.size === MOST_FIELDS && !found.has(name)) cut.push({ field, reason: 'number' });
      else {
        if (text.length > mostChars) cut.push({ field, reason: 'length' });
        found.set(name, bounded(text, mostChars));
      }
    }
    return found;
  }) as [Map<string, string>, Map<string, string>];
  labels.set('alertname', bounded(rule, fields[0].mostChars));
  return { labels, annotations, cut };
}

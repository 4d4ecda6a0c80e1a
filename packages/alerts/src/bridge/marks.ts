import { bounded, MAX_ANNOTATION_CHARS, MAX_LABEL_CHARS } from '../rules/text';
import type { Attributes } from './otlp/fields';

/** The labels and annotations of an alert, from attributes that the compiled collector configuration sets. */
export interface Marks {
  /** Includes `alertname`. No label is empty. */
  readonly labels: Map<string, string>;
  readonly annotations: Map<string, string>;
  /** Labels and annotations that were left out or truncated. */
  readonly cut: Cut[];
}

/** The alert of a log record or data point that exceeded a limit, with its time. */
export interface Breach extends Marks {
  /** The time of the event or the data point; 0 if unknown. */
  readonly timeUnixNano: bigint;
}

export interface Cut {
  readonly field: 'label' | 'annotation';
  readonly reason: 'name' | 'type' | 'length' | 'number';
}

const RULE = 'pg_otel.alert.rule';
const LABEL = { field: 'label', prefix: 'pg_otel.alert.label.', mostChars: MAX_LABEL_CHARS } as const;
const ANNOTATION = {
  field: 'annotation',
  prefix: 'pg_otel.alert.annotation.',
  mostChars: MAX_ANNOTATION_CHARS,
} as const;

/** Label names of the Prometheus data model, which Alertmanager accepts with and without UTF-8 names. */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/;
const MAX_FIELDS = 32;

/**
 * Reads labels and annotations. Leaves out or truncates and counts those that exceed a limit: an alert without a label is
 * better than no alert.
 *
 * @returns undefined if the attributes name no rule
 */
export function readMarks(attributes: Attributes): Marks | undefined {
  const rule = attributes.find(({ key }) => key === RULE)?.value;
  if (!rule) return undefined;
  const cut: Cut[] = [];
  const labels = readFields(attributes, LABEL, cut);
  labels.set('alertname', bounded(rule, MAX_LABEL_CHARS));
  return { labels, annotations: readFields(attributes, ANNOTATION, cut), cut };
}

function readFields(
  attributes: Attributes,
  { field, prefix, mostChars }: typeof LABEL | typeof ANNOTATION,
  cut: Cut[],
): Map<string, string> {
  const found = new Map<string, string>();
  for (const { key, value: text } of attributes) {
    if (!key.startsWith(prefix) || text === '') continue;
    const name = key.slice(prefix.length);
    if (!NAME.test(name)) cut.push({ field, reason: 'name' });
    else if (text === undefined) cut.push({ field, reason: 'type' });
    else if (found.size === MAX_FIELDS && !found.has(name)) cut.push({ field, reason: 'number' });
    else {
      if (text.length > mostChars) cut.push({ field, reason: 'length' });
      found.set(name, bounded(text, mostChars));
    }
  }
  return found;
}

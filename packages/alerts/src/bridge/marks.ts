import { bounded, MAX_ANNOTATION_CHARS, MAX_LABEL_CHARS } from '../rules/text';

/** The alert of a log record or data point that exceeded a limit, from attributes that the compiled collector configuration sets. */
export interface Breach {
  /** Includes `alertname`. No label is empty. */
  readonly labels: Map<string, string>;
  readonly annotations: Map<string, string>;
  /** Labels and annotations that were left out or truncated. */
  readonly cut: readonly Cut[];
  /** The time of the event or the data point; 0 if unknown. */
  readonly timeUnixNano: bigint;
}

interface Cut {
  readonly field: keyof typeof MAX_CHARS;
  readonly reason: 'name' | 'type' | 'length' | 'number';
}

const RULE = 'pg_otel.alert.rule';
const MARK = /^pg_otel\.alert\.(label|annotation)\.(.*)$/s;
const MAX_CHARS = { label: MAX_LABEL_CHARS, annotation: MAX_ANNOTATION_CHARS };

/** Label names of the Prometheus data model, which Alertmanager accepts with and without UTF-8 names. */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/;
const MAX_FIELDS = 32;

/**
 * Reads labels and annotations. Leaves out or truncates and counts those that exceed a limit: an alert without a label is
 * better than no alert.
 *
 * @returns undefined if the attributes name no rule
 */
export function readMarks(
  attributes: readonly { readonly key: string; readonly value: string | undefined }[],
): Omit<Breach, 'timeUnixNano'> | undefined {
  const rule = attributes.find(({ key }) => key === RULE)?.value;
  if (!rule) return undefined;
  const read = { label: new Map<string, string>(), annotation: new Map<string, string>() };
  const cut: Cut[] = [];
  for (const { key, value: text } of attributes) {
    const [, field, name = ''] = MARK.exec(key) ?? [];
    if ((field !== 'label' && field !== 'annotation') || text === '') continue;
    const fields = read[field];
    if (!NAME.test(name)) cut.push({ field, reason: 'name' });
    else if (text === undefined) cut.push({ field, reason: 'type' });
    else if (fields.size === MAX_FIELDS && !fields.has(name)) cut.push({ field, reason: 'number' });
    else {
      if (text.length > MAX_CHARS[field]) cut.push({ field, reason: 'length' });
      fields.set(name, bounded(text, MAX_CHARS[field]));
    }
  }
  read.label.set('alertname', bounded(rule, MAX_LABEL_CHARS));
  return { labels: read.label, annotations: read.annotation, cut };
}

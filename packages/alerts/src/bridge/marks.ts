import { bounded, MAX_ANNOTATION_CHARS, MAX_LABEL_CHARS } from '../rules/text';

const RULE = 'pg_otel.alert.rule';
const MARK = /^pg_otel\.alert\.(label|annotation)\.(.*)$/s;
const MAX_CHARS = { label: MAX_LABEL_CHARS, annotation: MAX_ANNOTATION_CHARS };

/** Label names of the Prometheus data model, which Alertmanager accepts with and without UTF-8 names. */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/;
const MAX_FIELDS = 32;

/** A log record or data point that exceeded a limit, with its time, which is 0 if unknown. */
export type Breach = NonNullable<ReturnType<typeof readMarks>> & { readonly timeUnixNano: bigint };

/**
 * Reads the labels and annotations of an alert. Leaves out or truncates and lists in `cut` those that exceed a limit: an
 * alert without a label is better than no alert.
 *
 * @returns labels that include `alertname` and are not empty; undefined if the attributes name no rule
 */
export function readMarks(
  attributes: readonly { readonly key: string; readonly value?: string | undefined }[],
) {
  const rule = attributes.find(({ key }) => key === RULE)?.value;
  if (!rule) return undefined;
  const fields = { label: new Map<string, string>(), annotation: new Map<string, string>() };
  const cut: { readonly field: keyof typeof fields; readonly reason: string }[] = [];
  for (const { key, value: text } of attributes) {
    const [, field, name = ''] = MARK.exec(key) ?? [];
    if ((field !== 'label' && field !== 'annotation') || text === '') continue;
    if (!NAME.test(name)) cut.push({ field, reason: 'name' });
    else if (text === undefined) cut.push({ field, reason: 'type' });
    else if (fields[field].size === MAX_FIELDS && !fields[field].has(name))
      cut.push({ field, reason: 'number' });
    else {
      if (text.length > MAX_CHARS[field]) cut.push({ field, reason: 'length' });
      fields[field].set(name, bounded(text, MAX_CHARS[field]));
    }
  }
  fields.label.set('alertname', bounded(rule, MAX_LABEL_CHARS));
  return { labels: fields.label, annotations: fields.annotation, cut };
}

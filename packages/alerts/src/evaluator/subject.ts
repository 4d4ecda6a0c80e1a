import { type Failure, failureOf } from '../rules/failures';
import { LABEL_SOURCES, MATCH_LABELS, partsOf, type SourceLabel, type SubjectLabel } from '../rules/labels';
import type { LevelOf, RuleOf, Watch } from '../rules/rule';
import { bounded, MAX_LABEL_CHARS } from '../rules/text';
import { labelsOf } from '../rules/watch';

/** Attributes of a resource, an event or a data point, by OpenTelemetry's names. */
export type Attributes = Readonly<Record<string, unknown>>;

/** The attributes of a record, and those of its resource. */
export interface Origin {
  readonly resource: Attributes;
  readonly attributes: Attributes;
}

/** The subject of an alert, such as a database or a pool, and the levels of a rule that apply to it. */
export interface Subject<Level> {
  /** Equal for equal labels. */
  readonly key: string;
  /** A label is absent if its attribute is missing. */
  readonly labels: Readonly<Partial<Record<SubjectLabel, string>>>;
  /** Those of the first variant that matches. */
  readonly levels: readonly Level[];
}

export function subjectOf<W extends Watch>(rule: RuleOf<W>, origin: Origin): Subject<LevelOf<W>> {
  const labels: Partial<Record<SubjectLabel, string>> = {};
  for (const name of labelsOf(rule)) {
    const value = name === 'failure' ? failureIn(origin.attributes) : labelOf(name, origin);
    if (value !== '') labels[name] = keptText(value, MAX_LABEL_CHARS);
  }
  const variant = rule.variants.find(({ match }) =>
    partsOf(match).every(([part, wanted]) => wanted === labelOf(MATCH_LABELS[part], origin)),
  );
  return { key: JSON.stringify(labels), labels, levels: variant?.levels ?? [] };
}

export function failureIn(attributes: Attributes): Failure {
  return failureOf(stringOf(attributes['error.type']));
}

function labelOf(name: SourceLabel, { resource, attributes }: Origin): string {
  const { of, attribute } = LABEL_SOURCES[name];
  return stringOf((of === 'resource' ? resource : attributes)[attribute]);
}

/** The value of a label or a match, which must be a string. */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/**
 * Returns a truncated copy of the text. In V8, a substring keeps the string that it was cut from alive, so an alert would
 * retain an entire request body. JSON copies the text in every runtime, including lone surrogates.
 */
export function keptText(text: string, mostChars: number): string {
  return JSON.parse(JSON.stringify(bounded(text, mostChars))) as string;
}

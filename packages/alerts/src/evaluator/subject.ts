import { failureOf } from '../rules/failures';
import { LABEL_SOURCES, MATCH_LABELS, partsOf, type SourceLabel, type SubjectLabel } from '../rules/labels';
import type { Failure, LevelBase, Match, Variant } from '../rules/rule';
import { bounded, MAX_LABEL_CHARS } from '../rules/text';

/** Attributes of a resource, an event or a data point, by OpenTelemetry's names. */
export type Attributes = Readonly<Record<string, unknown>>;

/** The attributes of a record, and those of its resource. */
export interface Origin {
  readonly resource: Attributes;
  readonly attributes: Attributes;
}

/** The subject of an alert, such as a database or a pool. */
export interface Subject {
  /** Equal for equal labels. */
  readonly key: string;
  /** A label is absent if its attribute is missing. */
  readonly labels: Readonly<Partial<Record<SubjectLabel, string>>>;
}

export function subjectOf(names: readonly SubjectLabel[], origin: Origin): Subject {
  const labels: Partial<Record<SubjectLabel, string>> = {};
  for (const name of names) {
    const value = name === 'failure' ? failureIn(origin.attributes) : labelOf(name, origin);
    if (value !== '') labels[name] = keptText(value, MAX_LABEL_CHARS);
  }
  return { key: JSON.stringify(labels), labels };
}

export function failureIn(attributes: Attributes): Failure {
  return failureOf(stringOf(attributes['error.type']));
}

/** The levels of the first variant that matches. */
export function levelsFor<Level extends LevelBase>(
  variants: readonly Variant<Level>[],
  origin: Origin,
): readonly Level[] {
  return variants.find(({ match }) => matches(match, origin))?.levels ?? [];
}

function matches(match: Match, origin: Origin): boolean {
  return partsOf(match).every(([part, wanted]) => wanted === labelOf(MATCH_LABELS[part], origin));
}

function labelOf(name: SourceLabel, { resource, attributes }: Origin): string {
  const { of, attribute } = LABEL_SOURCES[name];
  return stringOf((of === 'resource' ? resource : attributes)[attribute]);
}

/** The value of a label or a match, which must be a string. */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The value of an annotation: a string, number or boolean. */
export function textOf(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : stringOf(value);
}

/**
 * Returns a truncated copy of the text. In V8, a substring keeps the string that it was cut from alive, so an alert would
 * retain an entire request body. JSON copies the text in every runtime, including lone surrogates.
 */
export function keptText(text: string, mostChars: number): string {
  return JSON.parse(JSON.stringify(bounded(text, mostChars))) as string;
}

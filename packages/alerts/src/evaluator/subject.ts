import { MOST_LABEL_CHARS } from '../rules/bounded';
import { failureOf } from '../rules/failures';
import { LABEL_SOURCES, MATCH_LABELS, type SubjectLabel } from '../rules/labels';
import type { LevelBase, Match, Variant } from '../rules/rule';
import { keptText } from './kept-text';

/** Of a resource, an event or a data point, by OpenTelemetry's names. */
export type Attributes = Readonly<Record<string, unknown>>;

/** What a record says, and what its resource says of who told it. */
export interface Origin {
  readonly resource: Attributes;
  readonly attributes: Attributes;
}

/** What an alert is about. */
export interface Subject {
  /** The same for the same labels. */
  readonly key: string;
  /** Without those that are unknown. */
  readonly labels: Readonly<Partial<Record<SubjectLabel, string>>>;
}

export function subjectOf(names: readonly SubjectLabel[], origin: Origin): Subject {
  const labels: Partial<Record<SubjectLabel, string>> = {};
  for (const name of names) {
    const value =
      name === 'failure' ? failureOf(stringOf(origin.attributes['error.type'])) : labelOf(name, origin);
    if (value !== '') labels[name] = keptText(value, MOST_LABEL_CHARS);
  }
  return { key: JSON.stringify(labels), labels };
}

/** Levels of the first variant that matches. */
export function levelsFor<Level extends LevelBase>(
  variants: readonly Variant<Level>[],
  origin: Origin,
): readonly Level[] {
  return variants.find(({ match }) => matches(match, origin))?.levels ?? [];
}

function matches(match: Match, origin: Origin): boolean {
  for (const part of Object.keys(match) as (keyof Match)[]) {
    const wanted = match[part];
    if (wanted !== undefined && wanted !== labelOf(MATCH_LABELS[part], origin)) return false;
  }
  return true;
}

function labelOf(name: Exclude<SubjectLabel, 'failure'>, { resource, attributes }: Origin): string {
  const { of, attribute } = LABEL_SOURCES[name];
  return stringOf((of === 'resource' ? resource : attributes)[attribute]);
}

/** Of a label or a match: only a text is one. */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Of an annotation: a list is none. */
export function textOf(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : stringOf(value);
}

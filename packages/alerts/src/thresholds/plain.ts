import type { Problem } from './problem';

/** Alertmanager receivers, the most deeply nested values, have about ten levels. */
const MAX_LEVELS = 50;

/** Several outputs repeat the URL of the runbooks for each rule: with many rules, a long URL would exhaust the memory. */
const MAX_TEXT_CHARS = 8192;

/** Control characters except line feeds and tabs, and characters that YAML 1.1 reads as line ends or rejects. */
const UNWRITABLE = /[^\P{Cc}\n\t]|[\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]/u;

/**
 * Finds values that the outputs cannot contain. promtool and amtool read YAML 1.1, and reject control characters and
 * structures that contain themselves.
 */
export function checkPlain(value: unknown): Problem[] {
  return [...problemsIn(value, [], new Set(), new Set())];
}

function* problemsIn(
  value: unknown,
  path: readonly PropertyKey[],
  around: Set<unknown>,
  seen: Set<unknown>,
): Generator<Problem> {
  if (typeof value === 'string' && value.length > MAX_TEXT_CHARS) {
    yield { path, message: `must be at most ${MAX_TEXT_CHARS} characters, has ${value.length}` };
  } else if (typeof value === 'string' && UNWRITABLE.test(value)) {
    yield { path, message: `must not contain the character ${nameOf(value)}` };
  }
  if (typeof value !== 'object' || value === null) return;
  if (around.has(value)) yield { path, message: 'must not contain itself' };
  else if (around.size === MAX_LEVELS)
    yield { path, message: `must not be nested deeper than ${MAX_LEVELS} levels` };
  // A value with several aliases is checked once.
  if (around.has(value) || seen.has(value) || around.size === MAX_LEVELS) return;
  seen.add(value);
  around.add(value);
  for (const [key, part] of entriesOf(value)) {
    // The schema would silently ignore a rule with this name.
    if (key === '__proto__') yield { path, message: 'must not contain the key __proto__' };
    else if (String(key).length > MAX_TEXT_CHARS) {
      yield { path, message: `must not contain a key of more than ${MAX_TEXT_CHARS} characters` };
    } else if (UNWRITABLE.test(String(key))) {
      yield { path, message: `must not contain a key with the character ${nameOf(String(key))}` };
    } else yield* problemsIn(part, [...path, key], around, seen);
  }
  around.delete(value);
}

function entriesOf(value: object): Iterable<readonly [PropertyKey, unknown]> {
  return Array.isArray(value) ? value.entries() : Object.entries(value);
}

function nameOf(text: string): string {
  const [found = ''] = UNWRITABLE.exec(text) ?? [];
  return `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

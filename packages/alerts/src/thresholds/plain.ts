import type { Path, Problem } from './problem';

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
export function* checkPlain(
  value: unknown,
  path: Path = [],
  around = new Set<unknown>(),
  seen = new Set<unknown>(),
): Generator<Problem> {
  if (typeof value === 'string') {
    if (value.length > MAX_TEXT_CHARS) {
      yield { path, message: `must be at most ${MAX_TEXT_CHARS} characters, has ${value.length}` };
    } else if (UNWRITABLE.test(value)) {
      yield { path, message: `must not contain the character ${unwritableIn(value)}` };
    }
  }
  if (typeof value !== 'object' || value === null) return;
  if (around.has(value)) yield { path, message: 'must not contain itself' };
  else if (around.size === MAX_LEVELS) {
    yield { path, message: `must not be nested deeper than ${MAX_LEVELS} levels` };
  } else if (!seen.has(value)) {
    // A value with several aliases is checked once.
    seen.add(value);
    around.add(value);
    for (const [key, part] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
      const mistake = mistakeInKey(String(key));
      if (mistake !== undefined) yield { path, message: `must not contain ${mistake}` };
      else yield* checkPlain(part, [...path, key], around, seen);
    }
    around.delete(value);
  }
}

function mistakeInKey(key: string): string | undefined {
  // The schema would silently ignore a rule with this name.
  if (key === '__proto__') return 'the key __proto__';
  if (key.length > MAX_TEXT_CHARS) return `a key of more than ${MAX_TEXT_CHARS} characters`;
  return UNWRITABLE.test(key) ? `a key with the character ${unwritableIn(key)}` : undefined;
}

function unwritableIn(text: string): string {
  const [found = ''] = UNWRITABLE.exec(text) ?? [];
  return `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

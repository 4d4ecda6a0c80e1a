import { parseSync } from 'libpg-query';

export type Tree = { [key: string]: unknown };

export function parse(text: string): unknown {
  try {
    return parseSync(text).stmts ?? [];
  } catch {
    return undefined;
  }
}

const neutralValues: readonly unknown[] = ['x', 'b1', 'x1', '1.5', '1', 1, '-1', '-1.5', -1];

/** Whether two trees are equal but for places in the text and literals, where the second has a neutral one. */
export function areEqualButLiterals(original: unknown, neutral: unknown): boolean {
  if (original === neutral || neutralValues.includes(neutral)) return true;
  if (typeof original !== 'object' || typeof neutral !== 'object' || original === null || neutral === null)
    return false;
  const keys = new Set([...Object.keys(original), ...Object.keys(neutral)]);
  for (const key of keys) {
    if (/location|^stmt_len$|list_(start|end)$/.test(key)) continue;
    if (!areEqualButLiterals((original as Tree)[key], (neutral as Tree)[key])) return false;
  }
  return true;
}

/**
 * Where the values of settings begin in a text, by PostgreSQL's grammar, which takes words and quoted names for strings
 * there.
 */
export function settingValues(text: string): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'VariableSetStmt' || key === 'setstmt') {
        for (const argument of (value as { args?: Tree[] }).args ?? []) {
          const constant = argument['A_Const'] as { location?: number } | undefined;
          if (constant !== undefined) found.add(constant.location ?? 0);
        }
      }
      visit(value);
    }
  };
  visit(parse(text));
  return found;
}

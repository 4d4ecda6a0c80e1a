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

import type { Verdict } from './verdict';

interface Tally {
  right: number;
  exempt: Record<string, number>;
  rejected: string[];
  wrong: string[];
}

export function tally(statements: readonly string[], judge: (text: string) => Verdict): Tally {
  const result: Tally = { right: 0, exempt: {}, rejected: [], wrong: [] };
  for (const statement of statements) {
    const { status, because = '' } = judge(statement);
    if (status === 'wrong') result.wrong.push(`${because}\n    in: ${statement}`);
    else if (status === 'exempt') result.exempt[because] = (result.exempt[because] ?? 0) + 1;
    else if (status === 'rejected') result.rejected.push(statement);
    else result.right++;
  }
  return result;
}

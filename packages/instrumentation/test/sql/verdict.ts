export type Verdict = { status: 'right' | 'wrong' | 'exempt' | 'rejected'; because?: string };

export const right: Verdict = { status: 'right' };
export const wrong = (because: string): Verdict => ({ status: 'wrong', because });

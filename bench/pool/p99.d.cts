type Values = ArrayLike<number> & Iterable<number>;

export function p99WithConfidence(blocks: readonly Values[]): { p99: number; low: number; high: number };
export function variability(values: Values): number;

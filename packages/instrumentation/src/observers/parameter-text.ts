import { inspect } from 'node:util';

/**
 * A bound value in string form, cut. No method of the value is called (`toPostgres`, `toJSON`, getters): that is
 * pg's to do, once.
 */
export function parameterText(value: unknown, maxLength: number): string {
  return textOf(value, maxLength).slice(0, maxLength);
}

function textOf(value: unknown, maxLength: number): string {
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return `\\x${value.subarray(0, maxLength).toString('hex')}`;
  if (typeof value !== 'object' || value === null) return String(value);
  return inspect(value, {
    depth: 3,
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
    customInspect: false,
    getters: false,
    maxArrayLength: 20,
    maxStringLength: maxLength,
  });
}

import { ownText } from '../own-text';
import type { Platform } from '../platform';

const UNREADABLE = '[unreadable]';

/**
 * A bound value in string form, cut and copied: a span keeps nothing of the value. No method of the value is called (`toPostgres`, `toJSON`, getters): that is
 * the driver's to do, once.
 */
export function parameterText(value: unknown, maxLength: number, inspect: Platform['inspect']): string {
  try {
    return ownText(textOf(value, maxLength, inspect).slice(0, maxLength));
  } catch {
    // A proxy, or the one getter that inspect calls (Symbol.toStringTag), may throw.
    return UNREADABLE;
  }
}

function textOf(value: unknown, maxLength: number, inspect: Platform['inspect']): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return `\\x${hex(value.subarray(0, maxLength))}`;
  if (typeof value !== 'object' || value === null) return String(value);
  return inspect === undefined ? Object.prototype.toString.call(value) : inspect(value, maxLength);
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

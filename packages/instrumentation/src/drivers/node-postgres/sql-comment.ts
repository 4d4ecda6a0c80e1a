import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';

/** The arguments of `client.query` with a comment in the text. */
export interface Commented {
  readonly args: unknown[];
  /** The text without the comment, for telemetry and the statement cache. */
  readonly text: string;
}

/**
 * Adds the caller's trace to the arguments of `client.query`, as a comment in the text. Returns `undefined` when
 * there is no trace or no text. Also returns `undefined` for a named statement, because its text must stay the same
 * ("Prepared statements must be unique", pg lib/query.js).
 */
export function commented(to: Telemetry, args: IArguments): Commented | undefined {
  try {
    const [config, ...rest] = args as unknown as [unknown, ...unknown[]];
    if (typeof config === 'string') {
      const text = to.withComment(config);
      return text === undefined ? undefined : { args: [text, ...rest], text: config };
    }
    const { text, name } = config as { text?: unknown; name?: unknown };
    const changed = typeof text === 'string' && !name ? to.withComment(text) : undefined;
    if (typeof text !== 'string' || changed === undefined) return undefined;
    // The user's object is not changed: pg reads everything but the text through the prototype.
    const derived = Object.create(config as object, { text: { value: changed, enumerable: true } });
    return { args: [derived, ...rest], text };
  } catch (error) {
    logInternalError('SQL comment', error);
    return undefined;
  }
}

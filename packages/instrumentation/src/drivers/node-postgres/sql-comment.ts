import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';

/** A call of `client.query` with a comment behind its text. */
export interface Commented {
  readonly args: unknown[];
  /** As the application wrote it: what is reported, and known again the next time. */
  readonly text: string;
}

/**
 * The arguments of `client.query` with the caller's trace as a comment behind the text; `undefined` where the
 * text stays as it is: there is nothing to tell, the statement is named (its text has to stay
 * equal: "Prepared statements must be unique", pg lib/query.js), or it is no text.
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
    // The user's object stays as it is: pg reads everything but the text through the prototype.
    const derived = Object.create(config as object, { text: { value: changed, enumerable: true } });
    return { args: [derived, ...rest], text };
  } catch (error) {
    logInternalError('SQL comment', error);
    return undefined;
  }
}

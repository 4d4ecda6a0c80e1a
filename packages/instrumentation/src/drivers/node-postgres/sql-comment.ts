import type { Telemetry } from '../../telemetry';
import { ownFailure } from '../../warnings';

/**
 * The arguments of `client.query` with the caller's trace as a comment behind the text; `undefined` where the
 * text stays as it is: the option is off, there is nothing to tell, the statement is named (its text has to stay
 * equal: "Prepared statements must be unique", pg lib/query.js), or it is no text.
 */
export function commented(to: Telemetry, args: IArguments): unknown[] | undefined {
  try {
    const [config, ...rest] = args as unknown as [unknown, ...unknown[]];
    if (typeof config === 'string') {
      const text = to.comment(config);
      return text === undefined ? undefined : [text, ...rest];
    }
    const { text, name } = config as { text?: unknown; name?: unknown };
    const changed = typeof text === 'string' && !name ? to.comment(text) : undefined;
    if (changed === undefined) return undefined;
    // The user's object stays as it is: pg reads everything but the text through the prototype.
    return [Object.create(config as object, { text: { value: changed, enumerable: true } }), ...rest];
  } catch (error) {
    ownFailure('SQL comment', error);
    return undefined;
  }
}

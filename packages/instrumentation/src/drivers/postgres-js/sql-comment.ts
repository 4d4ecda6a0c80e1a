import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import type { PostgresQuery } from './postgres';

/**
 * Adds the caller's trace to the text of a query, as a comment after the text. Only queries of `unsafe` get one: others
 * are prepared statements by default, which the driver keeps for each text for as long as the connection lives.
 *
 * @returns the text without the comment, for telemetry; `undefined` when the query stays unchanged
 */
export function addComment(to: Telemetry, query: PostgresQuery): string | undefined {
  if (!to.addsComments) return undefined;
  try {
    const { strings, tagged, options } = query;
    const [text] = strings;
    if (tagged || options.prepare !== false || strings.length !== 1 || typeof text !== 'string')
      return undefined;
    const commented = to.withComment(text);
    if (commented === undefined) return undefined;
    query.strings = [commented];
    return text;
  } catch (error) {
    logInternalError('SQL comment', error);
    return undefined;
  }
}

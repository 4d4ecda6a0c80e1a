import { code } from '../findings/words';

const MAX_LISTED = 3;

/** A name that the catalog contains without quotes. */
export const nameOf = (name: string): string =>
  code(/^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/**
 * Lists tables: the first ones, and how many others there are.
 *
 * @param names as the server writes them
 */
export const tableList = (names: readonly string[]): string => listed(names.map(code));

/** By which columns; empty without columns. */
export const columnList = (columns: readonly string[]): string =>
  columns.length === 0 ? '' : ` by ${listed(columns.map(nameOf))}`;

/** One of several columns. */
export const columnChoice = (columns: readonly string[]): string => listed(columns.map(nameOf), 'or');

function listed(names: readonly string[], conjunction = 'and'): string {
  const shown = names.length > MAX_LISTED + 1 ? names.slice(0, MAX_LISTED) : names;
  const others = names.length - shown.length;
  const all = others > 0 ? [...shown, `${others} others`] : shown;
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(', ')} ${conjunction} ${all.at(-1)}`;
}

import { code } from '../findings/words';
import type { Table } from './plan-node';

const MAX_LISTED = 3;

/** A name as the server prints it: in quotes if it is not plain. Without control characters. */
export const nameOf = (name: string): string => code(quoted(name));

function quoted(name: string): string {
  const printable = name.replace(/[\p{C}`]/gu, '?');
  return /^[a-z_][a-z0-9_$]*$/.test(printable) ? printable : `"${printable.replaceAll('"', '""')}"`;
}

/** `big`, `shop.big`, small and 2 others. */
export function tableList(tables: readonly Table[]): string {
  return listed(
    tables.map(({ schema, name }) => code((schema === 'public' ? '' : `${quoted(schema)}.`) + quoted(name))),
  );
}

/** ` by pad`, ` by pad and id`; empty without columns. */
export const columnList = (columns: readonly string[]): string =>
  columns.length === 0 ? '' : ` by ${listed(columns.map(nameOf))}`;

/** `id`, `id, customer_id or name`. */
export const columnChoice = (columns: readonly string[]): string => listed(columns.map(nameOf), 'or');

function listed(names: readonly string[], conjunction = 'and'): string {
  const shown = names.length > MAX_LISTED + 1 ? names.slice(0, MAX_LISTED) : names;
  const others = names.length - shown.length;
  const all = others > 0 ? [...shown, `${others} others`] : shown;
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(', ')} ${conjunction} ${all.at(-1)}`;
}

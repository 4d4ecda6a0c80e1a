import type { PostgresQuery } from './postgres';

/**
 * The text of a query. The driver builds it when it sends the query. The text of a query that it never sends is known
 * only if no piece of the application has to be rendered, because rendering has side effects.
 */
export function textOf(query: PostgresQuery): string {
  const { statement } = query;
  if (typeof statement?.string === 'string') return statement.string;
  if (typeof query.string === 'string') return query.string;
  const { strings, args } = query;
  if (!query.tagged) return typeof strings[0] === 'string' ? strings[0] : '';
  if (!args.every(isValue)) return '';
  return strings.reduce<string>(
    (text, piece, index) => (index === 0 ? `${piece}` : `${text}$${index}${piece}`),
    '',
  );
}

/** Fragments, identifiers and helpers are objects; everything else is sent as a parameter. */
const isValue = (argument: unknown): boolean =>
  argument === null || (typeof argument !== 'object' && typeof argument !== 'function');

/** Bound values; `undefined` if there are none. */
export function parametersOf({ parameters }: PostgresQuery): readonly unknown[] | undefined {
  return Array.isArray(parameters) && parameters.length > 0 ? parameters : undefined;
}

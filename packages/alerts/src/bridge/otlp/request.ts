import { z } from 'zod';

/** The body cannot be decoded. The message contains no part of the body. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
}

/** @throws {Undecodable} */
export function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Undecodable('the body is not JSON');
  }
}

/** @throws {Undecodable} with the path of the mistake and the expected type */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path = [], message = '' } = result.error.issues[0] ?? {};
  // The path contains only names from the schema, no data from the sender.
  throw new Undecodable(`the body is not OTLP/JSON: ${[...path, message].join(' ')}`);
}

/** A list in a field, possibly absent. */
function listIn(field: string) {
  return z.object({ [field]: z.array(z.unknown()).nullish() });
}

/** Reads nested lists. `fields` are their names, the outermost first. */
export function nestedLists(...fields: string[]) {
  const schemas = fields.map((field) => [field, listIn(field)] as const);
  /** Yields the elements of the innermost lists, and undefined for each element of the others. @throws {Undecodable} */
  return function* elements(value: unknown, depth = 0): Generator<unknown> {
    const [field, schema] = schemas[depth] as (typeof schemas)[number];
    const isInnermost = depth === schemas.length - 1;
    for (const element of checked(schema, value)[field] ?? []) {
      if (isInnermost) yield element ?? {};
      else {
        yield undefined;
        yield* elements(element, depth + 1);
      }
    }
  };
}

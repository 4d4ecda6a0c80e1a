/** How many wrappers are followed. */
const DEEPEST_WRAPPER = 5;

/** Where wrappers have the error of the driver: errors of JavaScript and Drizzle, Sequelize, TypeORM, Objection. */
const WRAPPED_AS = ['cause', 'original', 'driverError', 'nativeError'];

const SEPARATOR = ' - ';

/** The error that satisfies a condition: the one that was thrown, or one inside it, as ORMs wrap those of the driver. */
export function errorWithin(thrown: unknown, condition: (error: unknown) => boolean): unknown {
  let error = thrown;
  for (let depth = 0; depth <= DEEPEST_WRAPPER && error !== undefined; depth++) {
    if (condition(error)) return error;
    error = wrappedBy(error);
  }
  return undefined;
}

function wrappedBy(error: unknown): unknown {
  if (property(error, 'name') === 'DriverAdapterError') return errorOfPrismaAdapter(error);
  for (const name of WRAPPED_AS) {
    const wrapped = property(error, name);
    if (wrapped !== undefined && wrapped !== null) return wrapped;
  }
  // Prisma has its own code for what fails, such as P2010 for each raw statement.
  return property(property(error, 'meta'), 'driverAdapterError') ?? errorBehindStatement(error);
}

/** Knex writes the statement before the message of an error: `ROLLBACK - Connection terminated unexpectedly`. */
function errorBehindStatement(error: unknown): unknown {
  const message = property(error, 'message');
  if (typeof message !== 'string' || property(error, 'code') !== undefined) return undefined;
  const start = message.lastIndexOf(SEPARATOR);
  return start === -1 ? undefined : { message: message.slice(start + SEPARATOR.length) };
}

/**
 * Prisma's adapter copies the code of the server's errors, and replaces those of sockets by a word such as
 * `ConnectionClosed`. Source: @prisma/adapter-pg src/errors.ts.
 */
function errorOfPrismaAdapter(error: unknown): unknown {
  const copy = property(error, 'cause');
  return {
    code: property(copy, 'originalCode') ?? property(copy, 'kind'),
    message: property(copy, 'originalMessage'),
  };
}

/** Reads a property of any thrown value, which may have getters that throw. */
export function property(error: unknown, name: string): unknown {
  try {
    return (error as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

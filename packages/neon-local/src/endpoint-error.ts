import { DatabaseError } from 'pg';

/** An error that is sent to the client instead of a result: sql_over_http.rs, `SqlOverHttpError`. */
export class EndpointError extends Error {
  constructor(
    readonly status: number,
    message: string,
    override readonly cause?: DatabaseError,
  ) {
    super(message);
  }

  /** The body of the response, with the fields of Neon's proxy in the same order. Absent ones are null or empty. */
  body(): Record<string, string | null> {
    const { cause } = this;
    return {
      message: this.message,
      // These two are empty in errors that are not from Postgres; the others are null.
      code: cause?.code ?? '',
      detail: cause?.detail ?? null,
      hint: cause?.hint ?? null,
      position: cause?.position ?? null,
      internalPosition: cause?.internalPosition ?? null,
      internalQuery: cause?.internalQuery ?? null,
      severity: cause?.severity ?? '',
      where: cause?.where ?? null,
      table: cause?.table ?? null,
      column: cause?.column ?? null,
      schema: cause?.schema ?? null,
      dataType: cause?.dataType ?? null,
      constraint: cause?.constraint ?? null,
      file: cause?.file ?? null,
      line: cause?.line ?? null,
      routine: cause?.routine ?? null,
    };
  }
}

const WRONG_DATABASE = '3D000';
const WRONG_PASSWORD = '28P01';

/** The error of a failed login. */
export function connectError(error: unknown, user: string): EndpointError {
  if (isWrongPassword(error)) return wrongPassword(user);
  if (error instanceof DatabaseError) {
    return new EndpointError(error.code === WRONG_DATABASE ? 400 : 500, error.message, error);
  }
  return new EndpointError(500, couldNotConnect(error));
}

export function wrongPassword(user: string): EndpointError {
  return new EndpointError(400, `password authentication failed for user '${user}'`);
}

/** The error of a statement. A lost connection is answered with 400, too. */
export function statementError(error: unknown): EndpointError {
  if (error instanceof EndpointError) return error;
  if (error instanceof DatabaseError) return new EndpointError(400, error.message, error);
  return new EndpointError(400, 'connection closed');
}

/** Whether the server refused the password, or pg did: it accepts no empty password for SCRAM. */
export function isWrongPassword(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.code === WRONG_PASSWORD;
  return error instanceof Error && error.message.startsWith('SASL: ');
}

/** Neon's message with the reason, which Neon leaves out. */
export function couldNotConnect(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  // The message is empty if the name has several addresses.
  return `Couldn't connect to compute node: ${message || code}`;
}

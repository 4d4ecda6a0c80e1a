import { type FieldDef, Query, type QueryConfig } from 'pg';
import { EndpointError } from './endpoint-error';
import { jsonValue } from './json-value';
import type { PostgresClient } from './postgres-client';
import { ISOLATION_LEVELS, type SqlHeaders, type Statement } from './sql-request';

/** Limits the size of one response. */
export class ResponseLimit {
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Called before each row, as in Neon's proxy, so the last row may exceed the limit. @throws {EndpointError} 507 */
  check(): void {
    if (this.#bytes > this.maxBytes) {
      throw new EndpointError(507, `response is too large (max is ${this.maxBytes} bytes)`);
    }
  }

  count(json: string): string {
    this.#bytes += Buffer.byteLength(json);
    return json;
  }
}

/** `START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE` */
export function startTransaction({ isolationLevel, readOnly, deferrable }: SqlHeaders): string {
  const modes = [
    isolationLevel === undefined ? '' : `ISOLATION LEVEL ${ISOLATION_LEVELS[isolationLevel]}`,
    readOnly ? 'READ ONLY' : '',
    deferrable ? 'DEFERRABLE' : '',
  ].filter((mode) => mode !== '');
  return `START TRANSACTION ${modes.join(', ')}`.trimEnd();
}

/** COPY is not possible over HTTP. Neon's proxy fails, too. */
const COPY_ANSWERS = ['copyInResponse', 'copyOutResponse'];

interface StatementEnd {
  readonly fields: readonly FieldDef[];
  readonly command: string | null;
  readonly rowCount: number | null;
}

/**
 * Runs one statement by the extended protocol and resolves with the JSON of its result.
 *
 * @throws the error of pg, or 507 as soon as the result is too large, which also closes the connection
 */
export function runStatement(
  client: PostgresClient,
  { text, parameters, arrayMode }: Statement,
  rawText: boolean,
  limit: ResponseLimit,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const query = new Query({
      text,
      values: [...parameters],
      rowMode: 'array',
      queryMode: 'extended',
      types: { getTypeParser: () => (value: string) => value },
    } as QueryConfig);
    const rows: string[] = [];
    query.on('row', (values: (string | null)[], described) => {
      const { fields } = described as StatementEnd;
      try {
        limit.check();
        rows.push(limit.count(rowJson(values, fields, arrayMode, rawText)));
      } catch (error) {
        client.abandon();
        reject(error);
      }
    });
    const copies = () => {
      client.abandon();
      reject(new EndpointError(400, 'unexpected message from server'));
    };
    for (const answer of COPY_ANSWERS) client.connection.once(answer, copies);
    const settled = () => {
      for (const answer of COPY_ANSWERS) client.connection.off(answer, copies);
    };
    query.on('error', (error) => {
      settled();
      reject(error);
    });
    query.on('end', ({ fields, command, rowCount }: StatementEnd) => {
      settled();
      const described = limit.count(JSON.stringify(fields.map(fieldJson)));
      const end = JSON.stringify({ command: command ?? '', rowCount, rowAsArray: arrayMode });
      resolve(`{"fields":${described},"rows":[${rows.join(',')}],${end.slice(1)}`);
    });
    client.query(query);
  });
}

function rowJson(
  values: readonly (string | null)[],
  fields: readonly FieldDef[],
  arrayMode: boolean,
  rawText: boolean,
): string {
  const parts = values.map((value, index) => {
    if (value === null) return 'null';
    return rawText ? JSON.stringify(value) : jsonValue(value, (fields[index] as FieldDef).dataTypeID);
  });
  if (arrayMode) return `[${parts.join(',')}]`;
  // Columns with the same name give duplicate keys, of which JSON parsers use the last.
  const named = parts.map((part, index) => `${JSON.stringify((fields[index] as FieldDef).name)}:${part}`);
  return `{${named.join(',')}}`;
}

function fieldJson(field: FieldDef) {
  const { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier } = field;
  return { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier, format: 'text' };
}

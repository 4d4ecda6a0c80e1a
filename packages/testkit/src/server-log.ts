/** The log of Postgres (settings `log_statement`, `log_connections`), with which tests compare spans. */
export interface ServerLog {
  /** In the order of their starts, the failed ones included. */
  readonly statements: readonly LoggedStatement[];
  readonly failedStatements: number;
  readonly connections: number;
}

export interface LoggedStatement {
  /** As sent: several statements in one message of the simple protocol are one text. */
  readonly text: string;
  readonly protocol: 'simple' | 'extended';
}

/** Goes before each entry, so that tests which share a server can separate their databases. */
export const LOG_LINE_PREFIX = '%m [%p] %d ';

/** Of all databases, unless one is named. Without the sessions of pg-otel, which ask why a query is slow. */
export function readServerLog(log: string, database?: string): ServerLog {
  const all = [...log.matchAll(ENTRY)].map(({ groups }) => groups as unknown as Entry);
  const asking = new Set(all.filter(({ message }) => ASKS.test(message)).map(({ pid }) => pid));
  const entries = all
    .filter(({ pid }) => !asking.has(pid))
    .filter((entry) => database === undefined || entry.database === database);
  const messages = (severity: string) =>
    entries.filter((entry) => entry.severity === severity).map(({ message }) => message);
  return {
    statements: messages('LOG').flatMap(statement),
    failedStatements: messages('ERROR').length,
    connections: messages('LOG').filter((message) => message.startsWith('connection authorized:')).length,
  };
}

interface Entry {
  readonly pid: string;
  readonly database: string;
  readonly severity: string;
  readonly message: string;
}

const ASKS = /^connection authorized: .* application_name=pg-otel\b/;

// The server indents the further lines of a message with a tab.
const ENTRY =
  /^\d{4}-\S+ \S+ \S+ \[(?<pid>\d+)\] (?<database>\S*) (?<severity>[A-Z]+): {2}(?<message>.*(?:\n\t.*)*)$/gm;

// A cursor's further portions ("execute fetch from") belong to its statement.
const STATEMENT = /^(?:(?<simple>statement)|execute (?!fetch from)[^:]*): (?<text>.*)$/s;

function statement(message: string): LoggedStatement[] {
  const found = message.match(STATEMENT)?.groups;
  if (found === undefined) return [];
  const text = (found['text'] as string).replaceAll('\n\t', '\n');
  return [{ text, protocol: found['simple'] === undefined ? 'extended' : 'simple' }];
}

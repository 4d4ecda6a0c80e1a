import {
  type CapturedPoint,
  type CapturedSpan,
  exportTo,
  type FixtureResult,
  type LoggedStatement,
  type NeonEndpoint,
  type OtlpCapture,
  type PostgresServer,
  readServerLog,
  runFixture,
  type ServerLog,
} from '@pg-otel/testkit';
import { Client } from 'pg';
import type { Orm } from './orms';

export interface Stage {
  readonly postgres: PostgresServer;
  /** In front of it. */
  readonly neon: NeonEndpoint;
  readonly capture: OtlpCapture;
  /** The folder of the programs. */
  readonly folder: string;
}

export interface Outcome extends FixtureResult {
  /** The server's log of the program's database. */
  readonly server: ServerLog;
  /** The texts in this log that the program sent: one for each query, and one for a batch over HTTP. */
  readonly sent: readonly string[];
}

const INSTRUMENTED = ['--import', '@pg-otel/instrumentation/register', '--import', './sdk.cjs'];
let databases = 0;

/** Runs a program on a separate database, so that the server's log identifies the program's statements. */
export async function runStory(
  { postgres, neon, capture, folder }: Stage,
  { program, driver }: Orm,
  mode: 'bare' | 'instrumented',
): Promise<Outcome> {
  const database = `story_${++databases}`;
  const admin = new Client(postgres.url);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  await admin.end();
  const result = await runFixture({
    installation: 'otel-2/orms',
    folder,
    command: [...(mode === 'bare' ? [] : INSTRUMENTED), program],
    env: {
      ...exportTo(capture, postgres),
      ...neon.env,
      DATABASE_URL: Object.assign(new URL(postgres.url), { pathname: database }).href,
    },
  });
  const server = readServerLog(postgres.log(), database);
  const { statements } = server;
  const sent = driver === 'Neon, HTTP' ? requests(statements) : statements.map(({ text }) => text);
  return { ...result, server, sent };
}

/**
 * An endpoint binds everything it was asked for; what is simple is its own: the reset of a session, and the
 * transaction around a batch, which is one request.
 */
function requests(statements: readonly LoggedStatement[]): string[] {
  const texts: string[] = [];
  let batch: string[] | undefined;
  for (const { text, protocol } of statements) {
    if (protocol === 'extended') (batch ?? texts).push(text);
    else {
      if (batch !== undefined) texts.push(batchText(batch));
      batch = text.startsWith('START TRANSACTION') ? [] : undefined;
    }
  }
  return texts;
}

/** The conventions have a statement that is repeated only once in the text of a batch. */
function batchText(texts: readonly string[]): string {
  return new Set(texts).size === 1 ? (texts[0] as string) : texts.join('; ');
}

/** The captured spans of statements. */
export function statementSpans(capture: OtlpCapture): CapturedSpan[] {
  return capture.spans().filter(({ attributes }) => 'db.query.text' in attributes);
}

/** The names of the spans right below each step, and below the setups of connections, in the order of their ends. */
export function namesByStep(capture: OtlpCapture): Record<string, string[]> {
  const spans = new Map(capture.spans().map((span) => [span.spanId, span]));
  const names: Record<string, string[]> = {};
  for (const { name, traceId, parentSpanId } of statementSpans(capture)) {
    const parent = spans.get(parentSpanId ?? '');
    const step = parent?.traceId === traceId ? parent.name.replace(/^connect .*/, 'connect') : 'no step';
    names[step] = [...(names[step] ?? []), name];
  }
  return names;
}

/** The points of a metric of ours, as of its last export; none when it is not there. */
export function pointsOf(capture: OtlpCapture, name: string): readonly CapturedPoint[] {
  const metric = capture
    .metrics()
    .findLast((one) => one.name === name && one.scope.name === '@pg-otel/instrumentation');
  return metric?.points ?? [];
}

/** The expected text on the span of a statement in the server's log: as written with bound values, else without literals. */
export function reportedText(text: string): string {
  if (/\$\d/.test(text)) return text;
  return text
    .replace(/"[^"]*"|'[^']*'|\b\d+\b/g, (found) => (found.startsWith('"') ? found : '?'))
    .replace(/\b(SET client_min_messages TO) \w+/g, '$1 ?');
}

import { now } from '../clock';
import type { Answer } from './answer';
import type { Finding, SideConnection, Subject } from './contracts';
import { duration } from './findings/words';
import { KeptAnswers } from './kept-answers';
import { limited } from './limited';

/** How long the statistics of a statement are kept. Reading them takes the server 8 ms if it has 5000 statements. */
const KEPT_MILLISECONDS = 300_000;
/** With fewer calls, nothing is usual. */
const MIN_CALLS = 5;

interface Known {
  /** Where the extension is, if it is loaded. */
  readonly schemas: KeptAnswers<string | undefined>;
  readonly sentences: KeptAnswers<string | undefined>;
}

/** What is known of one database. */
const known = new WeakMap<SideConnection, Known>();

/**
 * Returns what is usual for the statement; nothing if the server keeps no statistics that this role may read. The
 * statistics contain ended calls only, and their texts are not read.
 */
export async function usualFindings(
  side: SideConnection,
  subject: Subject,
  answer: Answer,
): Promise<Finding[]> {
  const queryId = executedQueryId(answer, subject);
  if (queryId === undefined) return [];
  const { schemas, sentences } = knownOf(side);
  const sentence = await sentences.get(queryId, now(), async () => {
    const schema = await schemas.get('', now(), () => schemaOf(side).catch(() => undefined));
    if (schema === undefined) return undefined;
    return sentenceOf(side, schema, queryId).catch(() => undefined);
  });
  return sentence === undefined ? [] : [{ kind: 'usual', certainty: 'proven', sentence }];
}

/** The number of the statement, if all sessions that may execute it have the same one. */
function executedQueryId({ chains }: Answer, { key }: Subject): string | undefined {
  const backends = (chains.get(key) ?? []).map(({ backend }) => backend);
  const [queryId, ...others] = new Set(backends.map(({ queryId }) => queryId));
  const areExecuting = backends.every(({ state, isSameText }) => state === 'active' && isSameText);
  if (others.length > 0 || !areExecuting) return undefined;
  return queryId !== undefined && /^-?\d+$/.test(queryId) ? queryId : undefined;
}

function knownOf(side: SideConnection): Known {
  const ofSide = known.get(side) ?? {
    schemas: new KeptAnswers(KEPT_MILLISECONDS),
    sentences: new KeptAnswers(KEPT_MILLISECONDS),
  };
  known.set(side, ofSide);
  return ofSide;
}

/** Without its library, which the setting belongs to, the extension fails, and the server logs each failure. */
async function schemaOf(side: SideConnection): Promise<string | undefined> {
  const results = await side.ask(
    limited(`select quote_ident(nspname) from pg_extension join pg_namespace n on n.oid = extnamespace
 where extname = 'pg_stat_statements' and current_setting('pg_stat_statements.max', true) is not null
  and has_schema_privilege(n.oid, 'usage')`),
  );
  return results.at(-1)?.[0]?.[0] ?? undefined;
}

/** `false`: without texts. Several roles, and statements within functions, have separate rows. */
async function sentenceOf(
  side: SideConnection,
  schema: string,
  queryId: string,
): Promise<string | undefined> {
  const results = await side.ask(
    limited(`select sum(calls), sum(total_exec_time) / sum(calls) / 1000, max(max_exec_time) / 1000
 from ${schema}.pg_stat_statements(false) where queryid = ${queryId}
 and dbid = (select oid from pg_database where datname = current_database())`),
  );
  const [calls, mean, most] = results.at(-1)?.[0]?.map(Number) ?? [];
  if (calls === undefined || mean === undefined || most === undefined) return undefined;
  if (!(calls >= MIN_CALLS)) return undefined;
  return `usually takes ${duration(mean)} (the mean of ${calls} calls), at most ${duration(most)}`;
}

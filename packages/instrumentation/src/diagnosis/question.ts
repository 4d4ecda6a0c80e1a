import type { Route, Subject } from './contracts';
import { CATALOG_FIRST } from './limited';
import { literal } from './literal';
import { questionSql } from './question-sql';

/** Operations in one question. */
export const MAX_SUBJECTS = 10;
/** How often the wait events of a backend are sampled. Each sample takes 10 ms, all backends at a time. */
const SAMPLES = 20;
/** Characters of a text that the question compares. By default, servers keep the first 1023 bytes. */
const TEXT_LIMIT = 2048;

/**
 * The settings that the question runs with.
 *
 * `jit` would compile the statement, which the planner believes to be expensive.
 */
const SETTINGS = `select ${[
  ['statement_timeout', "'1s'"],
  ['lock_timeout', "'100ms'"],
  ['jit', "'off'"],
  ['search_path', CATALOG_FIRST],
]
  .map(([name, value]) => `set_config('${name}', ${value}, true)`)
  .join(', ')}`;

/**
 * Returns the message that asks about up to {@link MAX_SUBJECTS} operations, in the simple protocol. The statements of a
 * message are one transaction, which the server ends itself, also after an error. The settings end with it, so they
 * affect no other client of a pooler. A pooler may refuse them as parameters of the connection.
 *
 * @param route the connection that the message is sent over
 */
export function questionAbout(subjects: readonly Subject[], route: Route): string {
  const asked = JSON.stringify(subjects.map(askedOf));
  // The isolation level: with the settings of a role, a serializable transaction may wait for others to end.
  return `set transaction isolation level read committed, read only;${SETTINGS};${questionSql(literal(asked), literal(JSON.stringify(route)), SAMPLES)}`;
}

function askedOf({ key, pid, port, ageSeconds, text, spanContext }: Subject) {
  return {
    k: key,
    pid: isProcessId(pid) ? pid : null,
    port: port ?? null,
    age: ageSeconds,
    ...comparable(text),
    trace: spanContext?.traceId ?? null,
  };
}

/** The highest process id of Linux. Poolers send random numbers, of which more than 99 % are higher or negative. */
const MAX_PROCESS_ID = 4_194_304;

function isProcessId(pid: number | undefined): boolean {
  return pid !== undefined && pid > 0 && pid <= MAX_PROCESS_ID;
}

/**
 * Returns the beginning of a text, without what JSON in Postgres cannot contain: NUL, where the server's text ends as
 * well, and halves of surrogate pairs, which the driver sends as U+FFFD.
 */
function comparable(text: string): { readonly q: string; readonly cut: boolean } {
  const [beforeNul = ''] = text.slice(0, TEXT_LIMIT + 1).split('\0', 1);
  const isCut = beforeNul.length > TEXT_LIMIT;
  const kept = isCut ? withoutHalf(beforeNul.slice(0, TEXT_LIMIT)) : beforeNul;
  return { q: kept.replace(LONE_SURROGATE, '\ufffd'), cut: isCut };
}

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Cutting may have split the last pair: the server has the whole character there. */
function withoutHalf(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}

import type { Rows } from './contracts';

/** The longest name: schema and table, both quoted. */
const MAX_NAME = 256;

/** How the backend of an operation was found. */
type Proof =
  /** By process id and the port of the client. */
  | 'port'
  /** By process id and text. */
  | 'text'
  /** By text alone: one of {@link Backend.candidates}. */
  | 'candidate';

/** A lock that a session waits for, in the words of `pg_locks`. */
export interface AwaitedLock {
  readonly type: string;
  readonly mode: string | undefined;
  /** `undefined` before PostgreSQL 14. */
  readonly seconds: number | undefined;
  /** Of an advisory lock. */
  readonly key: string | undefined;
}

/** How far a command is. */
interface CommandProgress {
  readonly command: string;
  readonly relation: string | undefined;
  readonly phase: string | undefined;
  readonly percent: number | undefined;
}

/** A session as the server shows it. What the role may not see is `undefined`. */
export interface Session {
  /** 0 for a prepared transaction. */
  readonly pid: number;
  readonly port: number | undefined;
  readonly role: string | undefined;
  readonly isOwnRole: boolean;
  readonly applicationName: string | undefined;
  readonly type: string | undefined;
  readonly state: string | undefined;
  /** Type and name, `Lock/tuple`. */
  readonly waitEvent: string | undefined;
  /** The text of its current or last query. It may contain data, and is never reported. */
  readonly text: string | undefined;
  readonly transactionSeconds: number | undefined;
  /** Since the start of its current or last query. */
  readonly querySeconds: number | undefined;
  /** Since the last change of its state. */
  readonly stateSeconds: number | undefined;
  readonly lock: AwaitedLock | undefined;
  /** The table of the lock that it waits for. */
  readonly relation: string | undefined;
  /** Sessions outside the chain that wait for the same lock. */
  readonly otherWaiters: number;
  /** All sessions that block the previous session of the chain, at most 20. */
  readonly blockers: readonly number[];
  /** Other active sessions with the same wait event, among those that the role may see. */
  readonly sameWait: number;
  readonly progress: CommandProgress | undefined;
  readonly isVacuum: boolean;
  readonly prepared:
    | { readonly role: string | undefined; readonly ageSeconds: number | undefined }
    | undefined;
}

/** The session of an operation. */
export interface Backend extends Session {
  readonly proof: Proof;
  readonly candidates: number;
  /** Whether it executes, or executed last, the text of the operation. */
  readonly isSameText: boolean;
  /** `pg_stat_activity.query_id` */
  readonly queryId: string | undefined;
  /** How often each wait event was sampled, `-` for none. Empty if it waits for a lock. */
  readonly samples: ReadonlyMap<string, number>;
}

/** An operation's session, the one that blocks it, and so on to the root. A deadlock contains one session twice. */
export interface Chain {
  readonly backend: Backend;
  readonly blockers: readonly Session[];
  /** Whether sessions between the backend and the root were left out. */
  readonly isShortened?: boolean;
}

export interface Server {
  /** Active sessions, among those that the role may see. */
  readonly active: number;
  /** Those of them that do not wait. */
  readonly activeWithoutWait: number;
  readonly deadlockTimeoutSeconds: number | undefined;
  /** How many connections it still accepts. */
  readonly freeConnections: number;
}

/** What is between this process and the server. */
interface Way {
  /** Whether the process ids that this process knows are the server's, and not those of a pooler. */
  readonly hasPids: boolean;
  /** Whether all connections lead to this server: no proxy or balancer chooses one. */
  readonly isOneServer: boolean;
}

/** Whether a session is that of the operation, and not only one that executes the same text. */
export const isProven = ({ proof }: Backend, { isOneServer }: Way): boolean =>
  proof === 'port' || (proof === 'text' && isOneServer);

/** The server's answer to one question. */
export interface Answer {
  /** By the key of the operation. Several if only the text finds candidates. */
  readonly chains: ReadonlyMap<number, readonly Chain[]>;
  /** Keys of operations whose session the server does not have. */
  readonly absent: ReadonlySet<number>;
  readonly way: Way;
  readonly server: Server;
}

/** Checks an answer: the server may be of any version, a fork or a proxy. Returns `undefined` for anything else. */
export function readAnswer(results: readonly Rows[]): Answer | undefined {
  const document = parsed(results.at(-1)?.[0]?.[0]);
  const server = record(document?.['server']);
  if (document === undefined || server === undefined) return undefined;
  const way = record(document['way']);
  return {
    chains: readChains(document['steps']),
    absent: new Set(numbers(document['absent'])),
    way: { hasPids: way?.['has_pids'] === true, isOneServer: way?.['is_one_server'] === true },
    server: {
      active: count(server['active']),
      activeWithoutWait: count(server['no_wait']),
      deadlockTimeoutSeconds: number(server['deadlock_timeout_s']),
      freeConnections: count(server['free']),
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string | null | undefined): Fields | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return record(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Steps are ordered by operation, backend and distance from it. */
function readChains(steps: unknown): Map<number, Chain[]> {
  const chains = new Map<number, Chain[]>();
  let blockers: Session[] | undefined;
  for (const step of list(steps)) {
    const fields = record(step);
    const key = number(fields?.['k']);
    const session = fields && readSession(fields);
    if (fields === undefined || key === undefined || session === undefined) {
      // Without this session, its chain means something else.
      blockers = undefined;
    } else if (fields['d'] === 0) {
      blockers = [];
      const backend = readBackend(fields, session);
      const ofKey = chains.get(key) ?? [];
      if (backend !== undefined) chains.set(key, [...ofKey, { backend, blockers }]);
    } else {
      blockers?.push(session);
    }
  }
  return chains;
}

function readSession(fields: Fields): Session | undefined {
  const pid = number(fields['pid']);
  if (pid === undefined) return undefined;
  const lock = string(fields['lock']);
  const prepared = record(fields['prepared']);
  return {
    pid,
    port: number(fields['port']),
    role: string(fields['role']),
    isOwnRole: fields['is_own_role'] === true,
    applicationName: string(fields['app']),
    type: string(fields['type']),
    state: string(fields['state']),
    waitEvent: string(fields['wait']),
    text: typeof fields['query'] === 'string' ? fields['query'] : undefined,
    transactionSeconds: number(fields['xact_s']),
    querySeconds: number(fields['query_s']),
    stateSeconds: number(fields['state_s']),
    lock:
      lock === undefined
        ? undefined
        : {
            type: lock,
            mode: string(fields['mode']),
            seconds: number(fields['lock_s']),
            key: string(fields['key']),
          },
    relation: relation(fields['rel']),
    otherWaiters: count(fields['others']),
    blockers: numbers(fields['blockers']),
    sameWait: count(fields['same_wait']),
    progress: readProgress(record(fields['progress'])),
    isVacuum: fields['is_vacuum'] === true,
    prepared: prepared && { role: string(prepared['role']), ageSeconds: number(prepared['age_s']) },
  };
}

function readBackend(fields: Fields, session: Session): Backend | undefined {
  const proof = fields['how'];
  if (proof !== 'port' && proof !== 'text' && proof !== 'candidate') return undefined;
  return {
    ...session,
    proof,
    candidates: count(fields['candidates']),
    isSameText: fields['is_same_text'] === true,
    queryId: string(fields['query_id']),
    samples: readSamples(record(fields['samples']) ?? {}),
  };
}

function readSamples(samples: Fields): Map<string, number> {
  return new Map(Object.entries(samples).map(([event, times]) => [event, count(times)]));
}

function readProgress(progress: Fields | undefined): CommandProgress | undefined {
  const command = string(progress?.['command']);
  if (progress === undefined || command === undefined) return undefined;
  return {
    command,
    relation: relation(progress['rel']),
    phase: string(progress['phase']),
    percent: number(progress['percent']),
  };
}

/** A table that does not exist for this transaction, yet or any more, has a number instead of a name. */
function relation(value: unknown): string | undefined {
  const name = string(value);
  return name !== undefined && /^\d+$/.test(name) ? undefined : name;
}

function record(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function numbers(value: unknown): readonly number[] {
  return list(value).flatMap((one) => number(one) ?? []);
}

function count(value: unknown): number {
  return number(value) ?? 0;
}

/** A name or another short text. An empty one is what a role may not see, or what does not exist. */
function string(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_NAME) : undefined;
}

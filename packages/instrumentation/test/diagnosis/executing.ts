import type pg from 'pg';
import type { Answer, Backend } from '../../src/diagnosis/answer';
import type { Finding, SideConnection, Subject } from '../../src/diagnosis/contracts';
import { planFindings } from '../../src/diagnosis/plan/plan';

export interface Execution {
  /** The statement that takes the locks, if it is another one. */
  readonly lockedBy?: string;
  /** What differs from a session that executes the statement. */
  readonly backend?: Partial<Backend>;
}

/** Asks for a plan while a session has the locks of the statement, as it has while it executes it. */
export async function planWhileExecuting(
  side: SideConnection,
  session: pg.Client,
  text: string,
  { lockedBy = `explain ${text.replace(/\$\d+/g, 'null')}`, backend }: Execution = {},
): Promise<Finding | undefined> {
  await session.query('begin');
  try {
    await session.query(lockedBy);
    const { rows } = await session.query('select pg_backend_pid() as pid');
    const answer = answerAbout({ pid: rows[0].pid, ...backend });
    const [finding] = await planFindings(side, subjectOf(text), answer);
    return finding;
  } finally {
    await session.query('rollback');
  }
}

export function subjectOf(text: string): Subject {
  return {
    key: 1,
    pid: 1,
    port: 1,
    ageSeconds: 1,
    text,
    summary: 'SELECT',
    parameterCount: 0,
    isPaced: false,
    spanContext: undefined,
    eventLoopDelaySeconds: 0,
  };
}

/** The answer about sessions that execute the statement. */
export function answerAbout(...backends: readonly Partial<Backend>[]): Answer {
  const chains = backends.map((backend) => ({
    backend: { state: 'active', isSameText: true, candidates: 1, ...backend } as Backend,
    blockers: [],
    isShortened: false,
  }));
  return {
    absent: new Set(),
    way: { hasPids: true, isOneServer: true },
    chains: new Map([[1, chains]]),
    server: { active: 1, activeWithoutWait: 1, deadlockTimeoutSeconds: 1, freeConnections: 100 },
  };
}

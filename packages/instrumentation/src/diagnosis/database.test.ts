import { timers } from '../node/timers';
import type { Question, SlowQuery } from '../platform';
import type { Diagnosis, Finding, Rows } from './contracts';
import { Diagnosing } from './diagnosing';
import { OpenSideConnection } from './side-connection';

/** Of the question about operations; others are about plans and usual durations. */
const ABOUT_OPERATIONS = 'pg_stat_activity';

let diagnosing: Diagnosing;
/** The messages, and when they were sent. */
let sent: { at: number; message: string }[];
let opened: number;
let closed: number;
/** What the server shows, in addition to sessions that sleep. */
let server: object;
let way: object;
/** Answers to other questions. */
let answerOther: () => Promise<readonly Rows[]>;

beforeEach(() => {
  jest.useFakeTimers();
  diagnosing = new Diagnosing(timers);
  sent = [];
  [opened, closed] = [0, 0];
  server = { free: 50 };
  way = { has_pids: true, is_one_server: true };
  answerOther = async () => [];
  jest.spyOn(OpenSideConnection, 'like').mockImplementation(async () => {
    opened += 1;
    return fakeConnection();
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function fakeConnection(): OpenSideConnection {
  const connection = {
    isOpen: true,
    isReferenced: false,
    route: { pid: 1, port: 1, peer: '192.0.2.1', peerPort: 5432 },
    ask(message: string): Promise<readonly Rows[]> {
      sent.push({ at: performance.now(), message });
      return message.includes(ABOUT_OPERATIONS) ? Promise.resolve(answerTo(message)) : answerOther();
    },
    askOne: () => answerOther(),
    close(): void {
      connection.isOpen = false;
      closed += 1;
    },
  };
  return connection as unknown as OpenSideConnection;
}

function answerTo(message: string): Rows[] {
  const steps = keysIn(message).map((k) => ({
    k,
    d: 0,
    pid: 1000 + k,
    how: 'port',
    candidates: 1,
    state: 'active',
    is_same_text: true,
    query_id: '7',
    samples: { '-': 20 },
  }));
  return [[[JSON.stringify({ steps, absent: [], way, server })]]];
}

const keysIn = (message: string): number[] =>
  [...message.matchAll(/"k":(\d+)/g)].map(([, key]) => Number(key));

const questionsAboutOperations = () => sent.filter(({ message }) => message.includes(ABOUT_OPERATIONS));

interface Asked {
  readonly query: { hasEnded: boolean; text: string };
  readonly reported: Diagnosis[];
}

const clientOf = (database: string) => ({
  processID: 1001,
  database,
  connection: { stream: { localPort: 40_000, remoteAddress: '192.0.2.1', remotePort: 5432 } },
  connectionParameters: { user: 'shop' },
});

function ask(isOldest = true, text = 'select 1', database = 'shop'): Asked {
  const query = {
    client: clientOf(database),
    text,
    summary: 'SELECT',
    hasEnded: false,
    ageSeconds: () => 1,
    isPaced: false,
    parameterCount: 0,
  };
  const reported: Diagnosis[] = [];
  diagnosing.ask({
    query: query as unknown as SlowQuery,
    isOldest,
    running: () => [],
    eventLoopDelaySeconds: () => 0,
    report: (diagnosis) => void reported.push(diagnosis),
  } satisfies Question);
  return { query, reported };
}

const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);
const kindsOf = ({ findings }: Diagnosis) => findings.map(({ kind }: Finding) => kind);

it('asks at most one question per second, about up to ten operations', async () => {
  const asked: Asked[] = [];
  for (let round = 0; round < 49; round += 1) {
    for (let count = 0; count < 5; count += 1) asked.push(ask());
    await pass(100);
  }
  const questions = questionsAboutOperations();
  const pauses = questions.slice(1).map(({ at }, index) => at - (questions[index]?.at ?? 0));
  expect(questions).toHaveLength(5);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1000);
  // 50 operations cross a threshold between two questions.
  expect(questions.map(({ message }) => keysIn(message).length)).toEqual([5, 10, 10, 10, 10]);
  expect(asked.filter(({ reported }) => reported.length > 0)).toHaveLength(45);
  expect(opened).toBe(1);
});

it('asks about the oldest operation of each kind first', async () => {
  const others = Array.from({ length: 10 }, () => ask(false));
  const oldest = ask(true);
  await pass(10);
  expect(oldest.reported).not.toEqual([]);
  expect(others.filter(({ reported }) => reported.length > 0)).toHaveLength(9);
});

it('reports what the first question shows before plans are asked for', async () => {
  let answer: (rows: readonly Rows[]) => void = () => {};
  answerOther = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const asked = [ask(), ask(true, 'select 2')];
  await pass(10);
  expect(asked.map(({ reported }) => reported.map(kindsOf))).toEqual([[['computing']], [['computing']]]);
  answer([[['public']]]);
  answerOther = async () => [[['6', '0.0022', '0.0042']]];
  await pass(10);
  expect(asked.map(({ reported }) => reported.map(kindsOf))).toEqual([
    [['computing'], ['computing', 'usual']],
    [['computing'], ['computing', 'usual']],
  ]);
});

it('reports nothing more about an operation that ends while its plan is asked for', async () => {
  let answer: (rows: readonly Rows[]) => void = () => {};
  answerOther = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const { query, reported } = ask();
  await pass(10);
  query.hasEnded = true;
  answer([[['public']]]);
  await pass(10);
  expect(reported).toHaveLength(1);
});

describe('the connection', () => {
  it('stays open for the next question', async () => {
    ask();
    await pass(5000);
    expect(closed).toBe(0);
  });

  it.each([
    ['the server accepts few further connections', () => Object.assign(server, { free: 9 })],
    ['a pooler is in between, whose connections are few', () => Object.assign(way, { has_pids: false })],
  ])('is closed after the answer if %s', async (_, change) => {
    change();
    const first = ask();
    await pass(10);
    expect(first.reported).toHaveLength(1);
    expect([opened, closed]).toEqual([1, 1]);
    ask();
    await pass(1000);
    expect([opened, closed]).toEqual([2, 2]);
  });

  it('is one of at most ten, however many databases have slow operations', async () => {
    const asked = Array.from({ length: 12 }, (_, index) => ask(true, 'select 1', `tenant_${index}`));
    await pass(10);
    expect(opened).toBe(10);
    expect(asked.slice(0, 10).flatMap(({ reported }) => reported.map(kindsOf))).toEqual(
      Array(10).fill(['computing']),
    );
    expect(asked.slice(10).map(({ reported }) => reported)).toEqual(
      Array(2).fill([{ findings: [], unavailable: '10 other databases are asked at this time' }]),
    );
    // The others have been asked. One of them is closed.
    const later = ask(true, 'select 1', 'tenant_11');
    await pass(10);
    expect(later.reported.map(kindsOf)).toEqual([['computing']]);
    expect([opened, closed]).toEqual([11, 1]);
  });

  it('is not looked after when it could not be opened', async () => {
    jest.mocked(OpenSideConnection.like).mockResolvedValue(undefined);
    const { reported } = ask();
    await pass(10);
    expect(reported).toHaveLength(1);
    // What remains is the timer that forgets the database.
    expect(jest.getTimerCount()).toBe(1);
    await pass(60_000);
    expect(jest.getTimerCount()).toBe(1);
  });
});

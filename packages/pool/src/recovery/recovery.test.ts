import type { PgPool } from '../pg-pool';
import { type FinishedRecovery, type RecoveringPool, Recovery } from './recovery';

const LOST = { hasFailed: false, needsConnection: false };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A pool of 10 connections at most, whose server answers or does not. */
function stage(state: { isReachable: boolean; open?: number; waiting?: number; mayConnect?: boolean }) {
  const finished: FinishedRecovery[] = [];
  const calls = { probes: 0, opened: 0 };
  const pool = {
    options: { max: 10 },
    ending: false,
    get totalCount() {
      return state.open ?? 0;
    },
    get waitingCount() {
      return state.waiting ?? 0;
    },
  } as unknown as PgPool;
  const manager: RecoveringPool = {
    pool,
    server: 'db.example:5432',
    get mayConnect() {
      return state.mayConnect ?? true;
    },
    mayReopen: true,
    async probe() {
      calls.probes += 1;
      if (state.isReachable) recovery.succeeded(Date.now() + 1, true);
      return state.isReachable;
    },
    async open() {
      calls.opened += 1;
      if (state.isReachable) state.open = (state.open ?? 0) + 1;
      return state.isReachable;
    },
    recovered: (recovery) => void finished.push(recovery),
  };
  const recovery = new Recovery(manager);
  return { recovery, finished, calls, state };
}

it('lost connections are opened again once the server answers', async () => {
  const { recovery, finished, calls, state } = stage({ isReachable: false });
  recovery.suspect(LOST, 4);
  await jest.advanceTimersByTimeAsync(60_000);
  // At most 0.2, 0.4, 0.8 … 10 s apart, each a random part of it.
  expect(calls.probes).toBeGreaterThan(5);
  expect(calls.opened).toBe(0);

  state.isReachable = true;
  await jest.advanceTimersByTimeAsync(10_000);
  expect(state.open).toBe(4);
  expect(finished).toEqual([{ durationSeconds: expect.any(Number), connections: 4 }]);
  expect(finished[0]?.durationSeconds).toBeGreaterThanOrEqual(60);
  expect(recovery.isRunning).toBe(false);
});

it('a success of a request starts the opening at once, and its connections are not opened twice', async () => {
  const { recovery, calls, state } = stage({ isReachable: false });
  recovery.suspect(LOST, 4);
  await jest.advanceTimersByTimeAsync(60_000);
  const { probes } = calls;
  state.isReachable = true;
  state.open = 3;
  recovery.succeeded(Date.now() + performance.timeOrigin, true);
  await jest.advanceTimersByTimeAsync(0);
  expect(calls).toEqual({ probes, opened: 1 });
});

it('the use of an open connection does not show that new ones can be opened', async () => {
  const { recovery, calls } = stage({ isReachable: false, open: 1 });
  recovery.suspect({ hasFailed: true, needsConnection: true }, 4);
  recovery.succeeded(Number.MAX_SAFE_INTEGER, false);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(calls.probes).toBeGreaterThan(0);
  expect(recovery.isRunning).toBe(true);
});

it('no connection is opened while requests wait', async () => {
  const { recovery, calls, finished } = stage({ isReachable: true, waiting: 1 });
  recovery.suspect(LOST, 4);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(calls).toEqual({ probes: 1, opened: 0 });
  expect(finished).toEqual([]);
});

it('never more connections than the pool may have', async () => {
  const { recovery, state } = stage({ isReachable: true });
  recovery.suspect(LOST, 25);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(state.open).toBe(10);
});

it('a server that may sleep is left alone', async () => {
  const { recovery, calls } = stage({ isReachable: true, mayConnect: false });
  recovery.suspect(LOST, 4);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(calls).toEqual({ probes: 0, opened: 0 });
  expect(recovery.isRunning).toBe(false);
});

it('nothing is attempted after stop', async () => {
  const { recovery, calls } = stage({ isReachable: false });
  recovery.suspect(LOST, 4);
  await jest.advanceTimersByTimeAsync(1_000);
  recovery.stop();
  const { probes } = calls;
  await jest.advanceTimersByTimeAsync(60_000);
  expect(calls.probes).toBe(probes);
});

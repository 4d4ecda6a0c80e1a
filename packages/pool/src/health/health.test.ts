import { Health } from './health';

/** Plays `ok` and `failed` at seconds, and returns the states that follow, with the second of each change. */
function play(...events: [second: number, event: 'ok' | 'failed' | 'nothing'][]): [number, string][] {
  const health = new Health(0);
  const changes: [number, string][] = [];
  for (const [second, event] of events) {
    if (event === 'ok') health.succeeded(second * 1000);
    if (event === 'failed') health.failed(second * 1000, 'ECONNREFUSED');
    if (health.review(second * 1000) !== undefined) changes.push([second, health.state]);
  }
  return changes;
}

it('nothing is known before the first success or failure', () => {
  expect(play([1, 'nothing'])).toEqual([]);
});

it('a pool is up after the first success, and down after a first failure', () => {
  expect(play([1, 'ok'])).toEqual([[1, 'up']]);
  expect(play([1, 'failed'])).toEqual([[1, 'down']]);
});

it('an outage of a pool in use is degraded at once, and down when nothing succeeds for 5 seconds', () => {
  expect(play([0, 'ok'], [1, 'failed'], [2, 'failed'], [4.9, 'failed'], [5, 'nothing'])).toEqual([
    [0, 'up'],
    [1, 'degraded'],
    [5, 'down'],
  ]);
});

it('an outage of a pool that was not in use is down at once', () => {
  expect(play([0, 'ok'], [60, 'failed'])).toEqual([
    [0, 'up'],
    [60, 'down'],
  ]);
});

it('a pool is up again when nothing has failed for 5 seconds', () => {
  expect(play([0, 'failed'], [10, 'failed'], [11, 'ok'], [14.9, 'ok'], [15, 'nothing'])).toEqual([
    [0, 'down'],
    [11, 'degraded'],
    [15, 'up'],
  ]);
});

it('a pool whose attempts partly fail stays degraded, and does not flap', () => {
  const events = Array.from({ length: 60 }, (_, second): [number, 'ok' | 'failed'] => [
    second,
    second % 3 === 0 ? 'failed' : 'ok',
  ]);
  expect(play([-1, 'ok'], ...events)).toEqual([
    [-1, 'up'],
    [0, 'degraded'],
  ]);
});

it('a state lasts while nothing happens', () => {
  expect(play([0, 'failed'], [3_600, 'nothing'])).toEqual([[0, 'down']]);
  expect(play([0, 'ok'], [3_600, 'nothing'])).toEqual([[0, 'up']]);
});

it('shows since when, how many failures, and their class', () => {
  const health = new Health(0);
  health.succeeded(1_000);
  health.review(1_000);
  health.failed(2_000, 'ECONNREFUSED');
  health.failed(3_000, '57P03');
  health.review(3_000);
  expect(health.toJSON()).toEqual({
    state: 'degraded',
    since: 3_000,
    consecutiveFailures: 2,
    lastErrorType: '57P03',
    checkedAt: undefined,
    latencySeconds: undefined,
  });
  health.succeeded(4_000);
  health.checked(4_000, 0.002);
  health.review(9_000);
  expect(health.toJSON()).toEqual({
    state: 'up',
    since: 9_000,
    consecutiveFailures: 0,
    lastErrorType: undefined,
    checkedAt: 4_000,
    latencySeconds: 0.002,
  });
});

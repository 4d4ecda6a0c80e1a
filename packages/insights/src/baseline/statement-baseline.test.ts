import { StatementHistory } from './statement-baseline';

/** A statement that takes 10 ms is learnt in 90 s. Then some of its queries take 100 ms. */
function learntThen(queries: number, slow: number): StatementHistory {
  const history = new StatementHistory(0);
  for (const end of [30_000, 60_000, 90_000]) {
    for (let query = 0; query < 50; query += 1) history.add(0.01);
    history.check(end);
  }
  for (let query = 0; query < queries; query += 1) history.add(query < slow ? 0.1 : 0.01);
  return history;
}

it.each([
  [30, 7, false],
  [30, 8, true],
  [120, 17, false],
  [120, 18, true],
  [29, 29, false],
])('of %i queries %i are slower than usual: a deviation: %s', (queries, slow, isDeviation) => {
  const history = learntThen(queries, slow);
  history.check(100_000);
  history.check(110_000);
  expect(history.deviation !== undefined).toBe(isDeviation);
});

it('two checks in a row must agree, and the deviation begins with the first of them', () => {
  const history = learntThen(30, 30);
  history.check(100_000);
  expect(history.deviation).toBeUndefined();
  history.check(110_000);
  expect(history.deviation?.since).toBe(100_000);
});

import { Sightings } from './finding';

const of = (nth: number) => ({ kind: 'loop', summary: `SELECT t${nth}`, sentence: 'in a loop' }) as const;

it('reports what was seen three times, the most frequent first', () => {
  const sightings = new Sightings();
  for (const nth of [1, 1, 1, 2, 2, 3, 3, 3, 3]) sightings.add(of(nth), 0);
  expect(sightings.findings().map(({ summary, count }) => [summary, count])).toEqual([
    ['SELECT t3', 4],
    ['SELECT t1', 3],
  ]);
});

it('keeps a hundred, and forgets the one that was not seen for the longest time', () => {
  const sightings = new Sightings();
  for (let at = 0; at < 3; at += 1) for (let nth = 0; nth < 100; nth += 1) sightings.add(of(nth), at);
  sightings.add(of(0), 3);
  for (let at = 4; at < 7; at += 1) sightings.add(of(100), at);
  const known = sightings.findings().map(({ summary }) => summary);
  expect(known).toHaveLength(100);
  expect(known).toEqual(expect.arrayContaining(['SELECT t0', 'SELECT t100']));
  expect(known).not.toContain('SELECT t1');
});

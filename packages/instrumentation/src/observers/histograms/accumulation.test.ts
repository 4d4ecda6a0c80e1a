import { Accumulation } from './accumulation';

it('counts a value at an edge in the bucket below it, as the SDK and Prometheus do', () => {
  const accumulation = new Accumulation({}, [0.05, 0.1, 1], () => {});
  for (const value of [0, 0.05, 0.050_001, 0.1, 1, 1.1]) accumulation.record(value);
  expect(accumulation.take()).toMatchObject({
    buckets: { counts: [2, 2, 1, 1] },
    min: 0,
    max: 1.1,
    count: 6,
  });
});

import fc from 'fast-check';
import { fuzz } from './fuzzing';

const environment = process.env;

beforeEach(() => {
  const { FUZZ_SEED: _, TEST_ALL_RUNTIMES: __, ...others } = environment;
  process.env = others;
});
afterEach(() => {
  process.env = environment;
});

function inputs(): number[] {
  const seen: number[] = [];
  fc.assert(
    fc.property(fc.integer(), (value) => {
      seen.push(value);
    }),
    fuzz(20),
  );
  return seen;
}

describe('fuzz', () => {
  it('tests the same inputs in every run', () => {
    expect(inputs()).toEqual(inputs());
  });

  it('tests others with another seed', () => {
    process.env['FUZZ_SEED'] = '1';
    const first = inputs();
    process.env['FUZZ_SEED'] = '2';
    expect(inputs()).not.toEqual(first);
  });

  it('tests a quarter of the inputs, and all of them with TEST_ALL_RUNTIMES or a seed', () => {
    expect(fuzz(1000).numRuns).toBe(250);
    process.env['TEST_ALL_RUNTIMES'] = 'true';
    expect(fuzz(1000).numRuns).toBe(1000);
    delete process.env['TEST_ALL_RUNTIMES'];
    process.env['FUZZ_SEED'] = '1';
    expect(fuzz(1000).numRuns).toBe(1000);
  });

  it('prints the seed of a failure', () => {
    process.env['FUZZ_SEED'] = '-77';
    expect(() =>
      fc.assert(
        fc.property(fc.integer(), (value) => value < 0),
        fuzz(20),
      ),
    ).toThrow('seed: -77');
  });

  it('refuses a seed that is not an integer', () => {
    process.env['FUZZ_SEED'] = 'random';
    expect(() => fuzz(20)).toThrow('FUZZ_SEED must be an integer, got "random"');
  });
});

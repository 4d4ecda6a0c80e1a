import fc from 'fast-check';
import { fuzz } from './fuzzing';

const chosen = process.env['FUZZ_SEED'];

afterEach(() => {
  if (chosen === undefined) delete process.env['FUZZ_SEED'];
  else process.env['FUZZ_SEED'] = chosen;
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
    delete process.env['FUZZ_SEED'];
    expect(inputs()).toEqual(inputs());
  });

  it('tests others with another seed', () => {
    process.env['FUZZ_SEED'] = '1';
    const first = inputs();
    process.env['FUZZ_SEED'] = '2';
    expect(inputs()).not.toEqual(first);
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

import { parser } from '@prometheus-io/lezer-promql';
import { bucketMatcher, groupedBy, quoted } from './promql';

const isPromql = (text: string) => {
  let valid = true;
  parser.parse(text).iterate({
    enter: ({ type }) => {
      if (type.isError) valid = false;
    },
  });
  return valid;
};

describe('a string literal', () => {
  it.each([
    ['shop', '"shop"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['a\\b', '"a\\\\b"'],
    ['two\nlines', '"two\\nlines"'],
    ['ünï 🐘', '"ünï 🐘"'],
    ['half a pair \ud83d', '"half a pair \ufffd"'],
  ])('of %j is %s', (value, expected) => {
    expect(quoted(value)).toBe(expected);
    expect(isPromql(`x{a=${quoted(value)}}`)).toBe(true);
  });
});

it('matches only the bucket of an integer edge, in both spellings of Prometheus', () => {
  const pattern = JSON.parse(bucketMatcher(1).replace('le=~', ''));
  const isFound = (edge: string) => new RegExp(`^(?:${pattern})$`).test(edge);
  expect(['1', '1.0', '10', '1.05', '100'].map(isFound)).toEqual([true, true, false, false, false]);
  expect(bucketMatcher(0.05)).toBe('le="0.05"');
});

it('renames the pool label after grouping by it, so that renaming does not make series equal', () => {
  expect(groupedBy('max', ['service_name', 'pool'], 'x')).toBe(
    'max by (service_name, pool) (label_replace(max by (service_name, db_client_connection_pool_name) (x), ' +
      '"pool", "$1", "db_client_connection_pool_name", "((?s:.*))"))',
  );
  expect(groupedBy('sum', ['service_name'], 'x')).toBe('sum by (service_name) (x)');
});

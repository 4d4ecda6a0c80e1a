import { testScenarios } from './run-scenarios';
import { scenarios } from './scenarios';

// What is not long runs on PostgreSQL 18 in scenarios.test.ts. The long ones take a core each.
const long = scenarios.filter(({ isLong }) => isLong);
const short = scenarios.filter(({ isLong }) => !isLong);

describe.each([
  [15, scenarios],
  [16, short],
  [17, short],
  [18, long],
] as const)('on PostgreSQL %d, the reason is reported for', (version, chosen) => {
  testScenarios(version, chosen);
});

import { testScenarios } from './run-scenarios';
import { scenarios } from './scenarios';

describe('on PostgreSQL 18, the reason is reported for', () => {
  testScenarios(
    18,
    scenarios.filter(({ isLong }) => !isLong),
  );
});

import { testScenarios } from './run-scenarios';
import { scenarios } from './scenarios';

describe.each([15, 16, 17, 18] as const)('on PostgreSQL %d, the reason is reported for', (version) => {
  testScenarios(version, scenarios);
});

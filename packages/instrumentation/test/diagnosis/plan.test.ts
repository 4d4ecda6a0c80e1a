import { describePlans } from './plans';

describe('the plan of a statement, PostgreSQL 18', () => describePlans(18));

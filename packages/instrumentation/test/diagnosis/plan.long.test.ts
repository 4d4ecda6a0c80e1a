import { describePlans } from './plans';

describe('the plan of a statement, PostgreSQL 15', () => describePlans(15));

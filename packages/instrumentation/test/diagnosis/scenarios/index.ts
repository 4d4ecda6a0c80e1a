import type { Scenario } from '../scenario';
import { explained } from './explained';
import { locks } from './locks';
import { poolers } from './poolers';
import { progress } from './progress';
import { rows } from './rows';
import { silence } from './silence';
import { waits } from './waits';

/** What makes queries slow, and what is reported. The tables of docs/reference/diagnosis.md show it. */
export const scenarios: readonly Scenario[] = [
  ...rows,
  ...locks,
  ...progress,
  ...waits,
  ...explained,
  ...poolers,
  ...silence,
];

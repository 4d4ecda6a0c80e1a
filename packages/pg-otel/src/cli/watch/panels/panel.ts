import type { AllPerformanceData } from '@pg-otel/insights';
import type { Paint } from '../../paint';
import type { PoolHistory } from '../pool-history';
import type { SortKey } from './statements';

/** What the panels show. */
export interface Shown {
  readonly data: AllPerformanceData;
  readonly history: PoolHistory;
  readonly sortedBy: SortKey;
}

/** Draws a part of the screen in lines of at most this width. */
export type Panel = (shown: Shown, width: number, paint: Paint) => string[];

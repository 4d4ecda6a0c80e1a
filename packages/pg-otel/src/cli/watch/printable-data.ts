import type { AllPerformanceData } from '@pg-otel/insights';
import { printable } from '../printable';

/** The data with names and sentences that are safe for a terminal, each of them on one line. */
export function printableData(data: AllPerformanceData): AllPerformanceData {
  return JSON.parse(JSON.stringify(data), (_key, value: unknown) =>
    typeof value === 'string' ? printable(value.replace(/\s+/g, ' '), false) : value,
  );
}

import type { AllPerformanceData } from '@pg-otel/insights';
import { counted } from '../../numbers';
import { wrap } from '../width';
import type { Panel } from './panel';

const MAX_FINDINGS = 3;
const MAX_DEVIATIONS = 2;
const LINES = 2;

const KINDS: Readonly<Record<AllPerformanceData['findings'][number]['kind'], string>> = {
  n_plus_one: 'N+1 queries',
  loop: 'a query in a loop',
  idle_transaction: 'idle transaction',
  waits_for_idle: 'waits for idle connections',
  not_returned: 'connections not returned',
};

/** Statements that are slower than usual, and problems that the figures prove; nothing if there are none. */
export const findingsPanel: Panel = ({ data }, width, paint) => {
  const { deviations } = data.baseline;
  const texts = [
    ...deviations.slice(0, MAX_DEVIATIONS).map(({ sentence }) => `slower than usual: ${sentence}`),
    ...data.findings.slice(0, MAX_FINDINGS).map(({ kind, sentence, count, traceIds, takenAt }) => {
      const trace = traceIds.length === 0 ? '' : `, trace ${traceIds.at(-1)}`;
      const place = takenAt === undefined ? '' : ` ${takenAt}`;
      return `${KINDS[kind] ?? kind}: ${sentence} (${counted(count, 'time')}${trace})${place}`;
    }),
  ];
  if (texts.length === 0) return [];
  const left = deviations.length + data.findings.length - texts.length;
  return [
    paint('bold', 'Findings') + paint('dim', left > 0 ? `  and ${left} more` : ''),
    ...texts.flatMap((text) => wrap(text, width, LINES).map((line) => paint('yellow', line))),
  ];
};

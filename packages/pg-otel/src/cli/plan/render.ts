import type { Plan } from '@pg-otel/pool-sizing';
import type { Paint } from '../paint';
import { pictures, whatIfTable } from './comparisons';
import { loadRows, measuredRows, type Row, sizeRows } from './figures';
import { listed, wrapped } from './layout';
import type { Report } from './report';
import { duration } from './wording';

/** The text output: the plan, its load, charts, scenarios, reasons and warnings. */
export function render(report: Report, paint: Paint): string {
  const { plan, whatIf, curves, measured, assumedUseTimeSeconds } = report;
  const assumed =
    assumedUseTimeSeconds === null ? '' : `; if a use takes the guessed ${duration(assumedUseTimeSeconds)}`;
  const sections = [
    [environmentLine(plan)],
    section(`Pool for ${plan.environment}: max ${plan.pool.max}`, sizeRows(plan), paint),
    ...(measured === null ? [] : [section('Measured', measuredRows(measured), paint)]),
    plan.load === null
      ? [paint('bold', 'Load'), '  not known: no waits are computed']
      : section('Load of one process', loadRows(plan.load, plan), paint),
    ...(curves === null || plan.load === null
      ? []
      : pictures(curves, plan, plan.load.targetWaitSeconds, assumed, paint)),
    ...(whatIf === null ? [] : [whatIfTable(whatIf, plan, assumed, paint)]),
    notes(
      'Reasons',
      plan.reasons.filter(({ code }) => code !== ENVIRONMENT),
      '·',
      paint,
    ),
    notes('Warnings', plan.warnings, '!', paint),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** The code of the reason that names the environment. */
const ENVIRONMENT = 'environment-name';

/** The first line, because everything else depends on the environment. */
function environmentLine({ environment, reasons }: Plan): string {
  const because = reasons.find(({ code }) => code === ENVIRONMENT)?.message ?? environment;
  const other = environment === 'development' ? '; --environment production plans for production' : '';
  return `Environment: ${because.replace('limits.environment', '--environment')}${other}`;
}

function section(title: string, rows: readonly Row[], paint: Paint): string[] {
  return [paint('bold', title), ...listed(rows)];
}

function notes(title: string, entries: readonly { message: string }[], mark: string, paint: Paint): string[] {
  if (entries.length === 0) return [];
  const lines = entries.map(({ message }) => wrapped(`  ${mark} `, message));
  return [paint(title === 'Warnings' ? 'yellow' : 'bold', title), ...lines];
}

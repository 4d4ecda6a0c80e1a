import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AllPerformanceData } from '../src';
import { completeData } from './complete-data';

const page = readFileSync(path.resolve(__dirname, '../../../docs/reference/insights.md'), 'utf8');
const [, fields = ''] = /^## Fields\n([\s\S]*?)^## /m.exec(page) ?? [];

/** The parts that are the data of another function. */
const OTHERS = ['performance', 'connections', 'pools'] as const;
/** Their keys are names, and not fields. */
const RECORDS = ['versions', 'closed', 'retries', 'labels', 'annotations'];

const functions: [name: string, data: object][] = [
  ['getPerformanceMetrics', completeData.performance],
  ['getConnectionStats', completeData.connections],
  ['getPoolMetricsWithAlerts', completeData.pools],
  ['getAllPerformanceData', withoutOthers(completeData)],
];

function withoutOthers(data: AllPerformanceData): object {
  return { ...data, ...Object.fromEntries(OTHERS.map((part) => [part, {}])) };
}

function namesIn(data: unknown): string[] {
  if (Array.isArray(data)) return data.flatMap(namesIn);
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([name, value]) => [
    name,
    ...(RECORDS.includes(name) ? [] : namesIn(value)),
  ]);
}

const describedIn = (text: string): string[] =>
  [...text.matchAll(/`([\w.[\]]+)`/g)].flatMap(([, code = '']) => code.replaceAll('[]', '').split('.'));

it.each(functions)('each field of %s() is described', (name, data) => {
  const [units = '', ...sections] = fields.split('\n### ');
  const section = sections.find((text) => text.startsWith(`\`${name}()\``)) ?? '';
  const described = new Set([...describedIn(section), ...describedIn(units)]);
  expect([...new Set(namesIn(data))].filter((field) => !described.has(field))).toEqual([]);
});

it('each field that is described exists', () => {
  const rows = fields.split('\n').filter((line) => line.startsWith('| `'));
  const described = rows.flatMap((row) => describedIn(row.split('|')[1] ?? ''));
  const names = new Set(functions.flatMap(([, data]) => namesIn(data)));
  expect(described.filter((field) => !names.has(field))).toEqual([]);
  expect(rows.length).toBeGreaterThan(30);
});

/** docs/reference/diagnosis.md shows the scenarios that are produced on real servers, and nothing else. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Finding, SideFailure } from '../../src/diagnosis/contracts';
import { findingsOfFailure } from '../../src/diagnosis/findings/failure';
import type { Scenario } from './scenario';
import { scenarios } from './scenarios';

const page = readFileSync(path.join(__dirname, '../../../../docs/reference/diagnosis.md'), 'utf8');
const reported = scenarios.filter(({ findings }) => findings.length > 0);
const silent = scenarios.filter(({ findings }) => findings.length === 0);

/** The rows of the table below a heading. */
function rows(heading: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1);
}
/** In a cell, a placeholder would be HTML. */
const cell = (text: string): string => text.replaceAll('<', '\\<').replaceAll('|', '\\|');
const reasonAndKind = ({ sentence, kind, certainty }: Pick<Finding, 'sentence' | 'kind' | 'certainty'>) => ({
  reason: cell(sentence),
  kind: `\`${kind}\`, ${certainty}`,
});
const versions = (scenario: Scenario): string =>
  scenario.versions === undefined ? '' : ` (PostgreSQL ${scenario.versions.join(', ')})`;

it('shows for each scenario the evidence, the reason and its certainty', () => {
  const expected = reported.map((scenario) => {
    const findings = scenario.findings.map(reasonAndKind);
    const reasons = findings.map(({ reason }) => reason).join('<br>');
    const certainties = findings.map(({ kind }) => kind).join('<br>');
    return `| ${scenario.title}${versions(scenario)} | ${cell(scenario.evidence)} | ${reasons} | ${certainties} |`;
  });
  expect(rows('Reasons')).toEqual(expected);
});

it('shows for each scenario without a reason why there is none', () => {
  expect(rows('No reason')).toEqual(silent.map(({ title, evidence }) => `| ${title} | ${cell(evidence)} |`));
});

it('shows what a question without an answer proves', () => {
  const failures: SideFailure[] = [
    { phase: 'connect', reason: 'refused', code: '53300' },
    { phase: 'connect', reason: 'timeout', code: undefined },
    { phase: 'answer', reason: 'timeout', code: undefined },
  ];
  const expected = failures.flatMap(findingsOfFailure).map(reasonAndKind);
  expect(rows('Other reasons').map((row) => row.split(' | ').slice(2).join(' | '))).toEqual(
    expected.map(({ reason, kind }) => `${reason} | ${kind} |`),
  );
});

it('describes each kind', () => {
  const contracts = readFileSync(path.join(__dirname, '../../src/diagnosis/contracts.ts'), 'utf8');
  const union = contracts.split('export type FindingKind =')[1]?.split(';')[0] ?? '';
  const kinds = [...union.matchAll(/'(\w+)'/g)].map(([, kind]) => kind as string);
  expect(kinds.length).toBeGreaterThan(10);
  expect(rows('Kinds').map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual(kinds);
  for (const kind of kinds)
    expect([...rows('Reasons'), ...rows('Other reasons')].join('\n')).toContain(`\`${kind}\``);
});

/** docs/reference/diagnosis.md shows the scenarios that are produced on real servers, and nothing else. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
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
const versions = (scenario: Scenario): string =>
  scenario.versions === undefined ? '' : ` (PostgreSQL ${scenario.versions.join(', ')})`;

it('shows for each scenario the evidence, the reason and its certainty', () => {
  const expected = reported.map((scenario) => {
    const reasons = scenario.findings.map(({ sentence }) => cell(sentence)).join('<br>');
    const certainties = scenario.findings
      .map(({ kind, certainty }) => `\`${kind}\`, ${certainty}`)
      .join('<br>');
    return `| ${scenario.title}${versions(scenario)} | ${cell(scenario.evidence)} | ${reasons} | ${certainties} |`;
  });
  expect(rows('Reasons')).toEqual(expected);
});

it('shows for each scenario without a reason why there is none', () => {
  expect(rows('No reason')).toEqual(silent.map(({ title, evidence }) => `| ${title} | ${cell(evidence)} |`));
});

it('describes each kind, and has an example of each that a server can show', () => {
  const contracts = readFileSync(path.join(__dirname, '../../src/diagnosis/contracts.ts'), 'utf8');
  const union = contracts.split('export type FindingKind =')[1]?.split(';')[0] ?? '';
  const kinds = [...union.matchAll(/'(\w+)'/g)].map(([, kind]) => kind as string);
  expect(kinds.length).toBeGreaterThan(10);
  expect(rows('Kinds').map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual(kinds);
  const examples = new Set(scenarios.flatMap(({ findings }) => findings.map(({ kind }) => kind as string)));
  const others = rows('Other reasons').map((row) => /`(\w+)`, \w+ \|$/.exec(row)?.[1]);
  for (const kind of others) if (kind !== undefined) examples.add(kind);
  expect(kinds.filter((kind) => !examples.has(kind))).toEqual([]);
});

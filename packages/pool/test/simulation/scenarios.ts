import type { Scenario } from './scenario';

const always = (perSecond: number) => () => perSecond;
const between = (from: number, to: number, inside: number, outside: number) => (at: number) =>
  at >= from && at < to ? inside : outside;
const stepped = (perSecond: number, factor: number) =>
  between(60, Number.POSITIVE_INFINITY, factor * perSecond, perSecond);

/** A step by three at 60 s, to a load that the server can serve. */
export const STEPS: readonly Scenario[] = [
  { name: 'step × 3, CPU-bound', kind: 'cpu', load: { perSecond: stepped(85, 3) }, seconds: 150, start: 2 },
  { name: 'step × 3, mixed', kind: 'mixed', load: { perSecond: stepped(220, 3) }, seconds: 150, start: 4 },
  {
    name: 'step × 3, hot rows',
    kind: 'hotRows',
    load: { perSecond: stepped(600, 3) },
    seconds: 150,
    start: 2,
  },
  { name: 'step × 3, sleep-like', kind: 'sleep', load: { perSecond: stepped(500, 3) }, seconds: 150 },
];

/** More callers than any size can serve. */
export const SATURATED: readonly Scenario[] = [
  { name: 'saturated, CPU-bound', kind: 'cpu', load: { callers: 64 }, seconds: 300 },
  { name: 'saturated, mixed', kind: 'mixed', load: { callers: 64 }, seconds: 300 },
  { name: 'hot rows', kind: 'hotRows', load: { callers: 64 }, seconds: 300 },
  { name: 'hot rows, from 30', kind: 'hotRows', load: { callers: 64 }, seconds: 300, start: 30 },
  { name: 'saturated, sleep-like', kind: 'sleep', load: { callers: 64 }, seconds: 300 },
];

export const OTHERS: readonly Scenario[] = [
  {
    name: 'spike',
    kind: 'sleep',
    load: { perSecond: between(60, 70, 1500, 300) },
    seconds: 150,
  },
  {
    name: 'slow server, CPU × 3',
    kind: 'mixed',
    load: { callers: 40 },
    seconds: 240,
    events: [
      { at: 80, run: (server) => Object.assign(server, { cpuFactor: 3 }) },
      { at: 160, run: (server) => Object.assign(server, { cpuFactor: 1 }) },
    ],
  },
  {
    name: 'slow storage, sleep × 5',
    kind: 'sleep',
    load: { perSecond: always(400) },
    seconds: 240,
    events: [
      { at: 80, run: (server) => Object.assign(server, { sleepFactor: 5 }) },
      { at: 160, run: (server) => Object.assign(server, { sleepFactor: 1 }) },
    ],
  },
  {
    name: 'flapping',
    kind: 'sleep',
    load: { perSecond: (at) => (at % 10 < 5 ? 0.4 : 1.6) * 800 },
    seconds: 240,
  },
  {
    name: 'ten at once',
    kind: 'sleep',
    load: { perSecond: always(300), together: 10 },
    seconds: 300,
  },
  {
    name: 'long outage',
    kind: 'mixed',
    load: { perSecond: always(400) },
    seconds: 300,
    events: [
      { at: 60, run: (server) => server.stop() },
      { at: 180, run: (server) => server.start() },
    ],
  },
  {
    name: 'frozen for 20 s',
    kind: 'mixed',
    load: { perSecond: always(400) },
    seconds: 150,
    events: [
      { at: 60, run: (server) => server.freeze() },
      { at: 80, run: (server) => server.thaw() },
    ],
  },
];

/** Two processes at first, 20 for two minutes, then two again; each lives for a while and is killed. */
const deployment = [
  { from: 0, to: 300 },
  { from: 0, to: 300 },
  ...Array.from({ length: 18 }, (_, index) => ({ from: 60 + 3 * index, to: 200 + 2 * index })),
];

/** Several processes that share the server's connections without knowing of each other but by counting. */
export const FLEETS: readonly Scenario[] = [
  {
    name: 'fleet of 2 to 20, sleep-like',
    kind: 'sleep',
    load: { perSecond: always(1500) },
    seconds: 300,
    processes: deployment,
  },
  {
    name: 'fleet of 2 to 20, mixed',
    kind: 'mixed',
    load: { perSecond: always(600) },
    seconds: 300,
    processes: deployment,
  },
  {
    name: 'fleet of 4, hot rows',
    kind: 'hotRows',
    load: { callers: 96 },
    seconds: 240,
    processes: Array.from({ length: 4 }, () => ({ from: 0, to: 240 })),
  },
];

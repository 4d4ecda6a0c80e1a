import type { Scenario } from './scenario';

const DEPLOYED = 18;

/**
 * The scenarios.
 *
 * @param pace of the load and the faults: with 0.4 they last 40 % as long. The controller stays as fast as it is.
 */
export function scenarios(pace = 1): readonly Scenario[] {
  const seconds = (count: number) => Math.round(count * pace);
  const always = (perSecond: number) => () => perSecond;
  const between = (from: number, to: number, inside: number, outside: number) => (at: number) =>
    at >= seconds(from) && at < seconds(to) ? inside : outside;
  const tripled = (perSecond: number) => between(60, 1e6, 3 * perSecond, perSecond);
  return [
    // A step to a load that the server can serve.
    {
      name: 'step × 3, CPU-bound',
      kind: 'cpu',
      load: { perSecond: tripled(85) },
      seconds: seconds(150),
      start: 2,
    },
    {
      name: 'step × 3, mixed',
      kind: 'mixed',
      load: { perSecond: tripled(220) },
      seconds: seconds(150),
      start: 4,
    },
    {
      name: 'step × 3, hot rows',
      kind: 'hotRows',
      load: { perSecond: tripled(600) },
      seconds: seconds(150),
      start: 2,
    },
    { name: 'step × 3, sleep-like', kind: 'sleep', load: { perSecond: tripled(500) }, seconds: seconds(150) },
    { name: 'spike', kind: 'sleep', load: { perSecond: between(60, 70, 1500, 300) }, seconds: seconds(150) },
    // More callers than any size can serve.
    { name: 'saturated, CPU-bound', kind: 'cpu', load: { callers: 64 }, seconds: seconds(300) },
    { name: 'saturated, mixed', kind: 'mixed', load: { callers: 64 }, seconds: seconds(300) },
    { name: 'saturated, sleep-like', kind: 'sleep', load: { callers: 64 }, seconds: seconds(300) },
    { name: 'hot rows', kind: 'hotRows', load: { callers: 64 }, seconds: seconds(300) },
    { name: 'hot rows, from 30', kind: 'hotRows', load: { callers: 64 }, seconds: seconds(300), start: 30 },
    {
      name: 'slow server, CPU × 3',
      kind: 'mixed',
      load: { callers: 40 },
      seconds: seconds(240),
      events: [
        { at: seconds(80), run: (server) => server.slowDown({ cpu: 3 }) },
        { at: seconds(160), run: (server) => server.slowDown({ cpu: 1 }) },
      ],
    },
    {
      name: 'slow storage, sleep × 5',
      kind: 'sleep',
      load: { perSecond: always(400) },
      seconds: seconds(240),
      events: [
        { at: seconds(80), run: (server) => server.slowDown({ sleep: 5 }) },
        { at: seconds(160), run: (server) => server.slowDown({ sleep: 1 }) },
      ],
    },
    {
      name: 'flapping',
      kind: 'sleep',
      load: { perSecond: (at) => (at % 10 < 5 ? 0.4 : 1.6) * 800 },
      seconds: seconds(240),
    },
    {
      name: 'ten at once',
      kind: 'sleep',
      load: { perSecond: always(300), together: 10 },
      seconds: seconds(300),
    },
    {
      name: 'long outage',
      kind: 'mixed',
      load: { perSecond: always(400) },
      seconds: seconds(300),
      events: [
        { at: seconds(60), run: (server) => server.stop() },
        { at: seconds(180), run: (server) => server.start() },
      ],
      isSimulatedOnly: true,
    },
    {
      name: 'frozen',
      kind: 'mixed',
      load: { perSecond: always(400) },
      seconds: seconds(150),
      events: [
        { at: seconds(60), run: (server) => server.freeze() },
        { at: seconds(80), run: (server) => server.thaw() },
      ],
      isSimulatedOnly: true,
    },
    // Several processes that share the server's connections, and see of each other only how many they are.
    {
      name: 'fleet of 2 to 20, sleep-like',
      kind: 'sleep',
      load: { perSecond: always(1500) },
      seconds: seconds(300),
      processes: deployment(seconds),
      isSimulatedOnly: true,
    },
    {
      name: 'fleet of 2 to 20, mixed',
      kind: 'mixed',
      load: { perSecond: always(600) },
      seconds: seconds(300),
      processes: deployment(seconds),
      isSimulatedOnly: true,
    },
    {
      name: 'fleet of 4, hot rows',
      kind: 'hotRows',
      load: { callers: 96 },
      seconds: seconds(240),
      processes: Array.from({ length: 4 }, () => ({ from: 0, to: seconds(240) })),
      isSimulatedOnly: true,
    },
  ];
}

/** Two processes live all the time; 18 start one after the other and are killed one after the other. */
function deployment(seconds: (count: number) => number): Scenario['processes'] {
  const whole = { from: 0, to: seconds(300) };
  const deployed = Array.from({ length: DEPLOYED }, (_, index) => {
    return { from: seconds(60 + 3 * index), to: seconds(200 + 2 * index) };
  });
  return [whole, whole, ...deployed];
}

/** @throws {Error} if there is no scenario of that name */
export function scenarioOf(name: string, pace = 1): Scenario {
  const scenario = scenarios(pace).find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario;
}

import { scenarios, simulate } from './simulation.mjs';

export const EFFORT = {
  /** 40 % of the simulated times, which leaves the controller time for what it does. */
  full: { pace: 0.4, every: 1, calibrate: { settleSeconds: 0.5, seconds: 3 } },
  /** Every fourth scenario, for one second. */
  quick: { pace: 0.004, every: 4, calibrate: { settleSeconds: 0.1, seconds: 0.2 } },
};

export const MEASURED = ['adaptive', 'fixed 10', 'fixed 30'];
/** Connections with which each kind of work is near its best. */
const CALIBRATED = { cpu: 6, mixed: 16, hotRows: 6, sleep: 30 };

/** Each scenario, with each strategy in turn, on the real server and simulated for the same time. */
export async function measureManaged({ load, effort, step }) {
  const factors = await step('managed pools: rates', () => calibrate(load, effort));
  const runs = [];
  const measured = scenarios(effort.pace).filter(({ isSimulatedOnly }) => !isSimulatedOnly);
  for (const scenario of measured.filter((_, index) => index % effort.every === 0)) {
    const { name, kind } = scenario;
    await step(`managed pools: ${name}`, async () => {
      const outcomes = {};
      for (const strategy of MEASURED) {
        const task = { name, pace: effort.pace, strategy, rateFactor: factors[kind] };
        outcomes[strategy] = await load.run('realRun', task);
      }
      runs.push({ name, seconds: scenario.seconds, outcomes });
    });
  }
  return { runs, factors, pace: effort.pace };
}

/** How much more this server can do than the simulated one. */
async function calibrate(load, { calibrate: times }) {
  const factors = {};
  for (const [kind, connections] of Object.entries(CALIBRATED)) {
    const { perSecond } = await load.run('closedLoop', { kind, connections, callers: 64, ...times });
    const simulated = simulate({ name: kind, kind, load: { callers: 64 }, seconds: 10 }, connections);
    factors[kind] = perSecond / (simulated.completed / 10);
  }
  return factors;
}

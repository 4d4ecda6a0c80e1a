import { type PostgresVersion, pollUntil } from '@pg-otel/testkit';
import type { Finding } from '../../src/diagnosis/contracts';
import { patternOf, type Scenario } from './scenario';
import { type Case, ScenarioServer, type Stage } from './stage';

/** Scenarios at the same time. Some use a whole core. */
const AT_ONCE = 6;

/** What a scenario reported. */
interface Outcome {
  /** Of all answers. */
  readonly all: readonly Finding[];
  /** Of the last answer. */
  readonly last: readonly Finding[];
}

/** Defines a test for each scenario. They run on one server, at the same time, before the first test. */
export function testScenarios(version: PostgresVersion, all: readonly Scenario[]): void {
  const chosen = all.filter(({ versions }) => versions?.includes(version) ?? true);
  const outcomes = new Map<Scenario, Promise<Outcome>>();

  beforeAll(async () => {
    const server = await ScenarioServer.start(version);
    const left = [...chosen];
    const work = async () => {
      for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
        const outcome = outcomeOf(server, scenario);
        outcomes.set(scenario, outcome);
        // Its test shows the error.
        await outcome.catch(() => {});
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await server.stop();
  });

  it.each(chosen.map((scenario) => [scenario.title, scenario] as const))(
    'a query that %s',
    async (_, scenario) => {
      const outcome = await outcomes.get(scenario);
      const expected = scenario.findings.map(({ sentence, ...rest }) => ({
        ...rest,
        sentence: expect.stringMatching(patternOf(sentence)),
      }));
      if (scenario.isSampled) expect(reported(outcome?.all)).toEqual(expect.arrayContaining(expected));
      else expect(reported(outcome?.last)).toEqual(expected);
      for (const never of [...(scenario.never ?? []), 'secret']) {
        expect(JSON.stringify(outcome?.all)).not.toContain(never);
      }
    },
  );
}

const reported = (findings: readonly Finding[] = []) =>
  findings.map(({ kind, certainty, sentence }) => ({ kind, certainty, sentence }));

async function outcomeOf(server: ScenarioServer, scenario: Scenario): Promise<Outcome> {
  const stage = await server.stage(scenario.needsDatabase);
  try {
    return await askUntilExpected(stage, await scenario.produce(stage), scenario);
  } finally {
    await stage.stop();
  }
}

/**
 * Asks until the expected findings are reported: samples differ, and on a busy machine a question may arrive too late to
 * compare ages. What must not be reported is asked for once.
 */
async function askUntilExpected(
  stage: Stage,
  produced: Case,
  { findings, isSampled }: Scenario,
): Promise<Outcome> {
  const patterns = findings.map(({ sentence }) => patternOf(sentence));
  const all: Finding[] = [];
  let last: Finding[] = [];
  await pollUntil(async () => {
    last = await stage.ask(produced);
    all.push(...last);
    const seen = isSampled ? all : last;
    return patterns.every((pattern) => seen.some(({ sentence }) => pattern.test(sentence)));
  }).catch((cause) => {
    throw new Error(`Not all is reported: ${last.map(({ sentence }) => sentence).join('; ')}`, { cause });
  });
  return { all, last };
}

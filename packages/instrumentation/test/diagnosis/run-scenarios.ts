import { type PostgresVersion, pollUntil } from '@pg-otel/testkit';
import type { Finding } from '../../src/diagnosis/contracts';
import { patternOf, type Scenario } from './scenario';
import { type Case, ScenarioServer, type Stage } from './stage';

/** Scenarios at the same time. Some use a whole core. */
const AT_ONCE = 6;

/** Defines a test for each scenario. They run on one server, at the same time, before the first test. */
export function testScenarios(version: PostgresVersion, all: readonly Scenario[]): void {
  const chosen = all.filter(({ versions }) => versions?.includes(version) ?? true);
  const results = new Map<Scenario, () => Finding[]>();

  beforeAll(async () => {
    const server = await ScenarioServer.start(version);
    const left = [...chosen];
    const work = async () => {
      for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
        results.set(scenario, await outcomeOf(server, scenario));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await server.stop();
  });

  it.each(chosen.map((scenario) => [scenario.title, scenario] as const))('a query that %s', (_, scenario) => {
    const findings = results.get(scenario)?.() ?? [];
    const isSampled = scenario.isSampled ?? false;
    const expected = scenario.findings.map(({ sentence, ...rest }) => ({
      ...rest,
      sentence: expect.stringMatching(patternOf(sentence)),
    }));
    const reported = findings.map(({ kind, certainty, sentence }) => ({ kind, certainty, sentence }));
    expect(reported).toEqual(isSampled ? expect.arrayContaining(expected) : expected);
    for (const never of [...(scenario.never ?? []), 'secret']) {
      expect(JSON.stringify(findings)).not.toContain(never);
    }
  });
}

/** Returns the findings, or throws what the scenario threw. */
async function outcomeOf(server: ScenarioServer, scenario: Scenario): Promise<() => Finding[]> {
  try {
    const findings = await findingsIn(server, scenario);
    return () => findings;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

async function findingsIn(server: ScenarioServer, scenario: Scenario): Promise<Finding[]> {
  const stage = await server.stage(scenario.needsDatabase);
  try {
    const produced = await scenario.produce(stage);
    if (!scenario.isSampled) return await stage.ask(produced);
    return await sampledFindings(stage, produced, scenario);
  } finally {
    await stage.stop();
  }
}

/** Asks until each expected finding has been sampled. */
async function sampledFindings(stage: Stage, produced: Case, scenario: Scenario): Promise<Finding[]> {
  const missing = new Set(scenario.findings.map(({ sentence }) => patternOf(sentence)));
  const seen: Finding[] = [];
  const ask = async () => {
    for (const finding of await stage.ask(produced)) {
      seen.push(finding);
      for (const pattern of missing) if (pattern.test(finding.sentence)) missing.delete(pattern);
    }
    return missing.size === 0;
  };
  await pollUntil(ask).catch((cause) => {
    throw new Error(`Only seen: ${[...new Set(seen.map(({ sentence }) => sentence))].join('\n')}`, { cause });
  });
  return seen;
}

import { now } from '../../clock';
import type { Answer, Backend } from '../answer';
import type { Finding, SideConnection, Subject } from '../contracts';
import { tableFacts } from './catalog';
import { KnownPlans } from './known-plans';
import { outdatedStatistics } from './outdated-statistics';
import { askForPlan } from './plan-question';
import { planSentence } from './plan-sentence';
import { plannableStatement } from './plannable-statement';
import { type StatementPlan, statementPlan } from './statement-plan';

/** The plans that are known of one database. */
const knownPlans = new WeakMap<SideConnection, KnownPlans<StatementPlan>>();

/**
 * Returns what the plan of the statement shows; nothing if the plan must not be asked for. A plan that
 * the server cannot make, and the end of the side connection, are not errors: the operation has its other findings.
 */
export async function planFindings(
  side: SideConnection,
  subject: Subject,
  answer: Answer,
): Promise<Finding[]> {
  const backend = executingBackend(answer, subject);
  const statement = plannableStatement(subject.text);
  if (backend === undefined || statement === undefined) return [];
  const plan = await plansOf(side).get(statement, now(), async () => {
    const plan = await askForPlan(side, statement);
    return plan && statementPlan(plan, statement.parameters);
  });
  if (plan === undefined) return [];
  const facts = await tableFacts(side, backend.pid, plan.tables).catch(() => undefined);
  if (facts === undefined || !facts.every(({ isLocked }) => isLocked)) return [];
  const sentence = planSentence(plan, facts);
  const ofPlan: Finding[] = sentence === undefined ? [] : [{ kind: 'plan', certainty: 'observed', sentence }];
  return [...ofPlan, ...outdatedStatistics(facts)];
}

/** What a session waits for while its plan does not matter. While it waits for a lock, planning may wait, too. */
const WAITS_FOR_OTHERS = /^(?:Lock|Client|Timeout|Extension)\//;

/** Returns the session that executes the statement, if only one may be it, and the plan decides how long it takes. */
function executingBackend({ chains }: Answer, { key }: Subject): Backend | undefined {
  const [chain, ...others] = chains.get(key) ?? [];
  const backend = chain?.backend;
  if (backend === undefined || others.length > 0 || backend.candidates > 1) return undefined;
  if (backend.state !== 'active' || !backend.isSameText || backend.lock !== undefined) return undefined;
  return WAITS_FOR_OTHERS.test(backend.waitEvent ?? '') ? undefined : backend;
}

function plansOf(side: SideConnection): KnownPlans<StatementPlan> {
  const known = knownPlans.get(side) ?? new KnownPlans();
  knownPlans.set(side, known);
  return known;
}

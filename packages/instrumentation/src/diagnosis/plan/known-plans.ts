import { createHash } from 'node:crypto';
import { sanitizeSql } from '../../sql';
import { KeptAnswers } from '../kept-answers';
import type { PlannableStatement } from './plannable-statement';

const HOUR_MILLISECONDS = 3_600_000;

interface Known<Plan> {
  /** The digest of the statement with its literals. */
  readonly tokens: string;
  readonly plan: Plan | undefined;
}

/**
 * Remembers the plans of statements for an hour, including those that the server could not plan: a failure appears in the
 * server's log. Statements that differ only in their literals count as one statement, and the plan of the first one is
 * used for no other.
 */
export class KnownPlans<Plan> {
  /** By the digest of the sanitised text: texts may be long, and contain data. */
  readonly #plans = new KeptAnswers<Known<Plan>>(HOUR_MILLISECONDS);

  /**
   * Returns the plan of a statement, which is `undefined` if the server could not plan it. Calls `plan` if the statement
   * was not planned within the last hour.
   *
   * @param at milliseconds of the monotonic clock
   */
  async get(
    { text, tokens }: PlannableStatement,
    at: number,
    plan: () => Promise<Plan | undefined>,
  ): Promise<Plan | undefined> {
    const known = await this.#plans.get(digest(sanitizeSql(text)), at, async () => ({
      tokens: digest(tokens),
      plan: await plan(),
    }));
    return known.tokens === digest(tokens) ? known.plan : undefined;
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

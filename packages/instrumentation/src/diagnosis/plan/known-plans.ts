import { createHash } from 'node:crypto';
import { sanitizeSql } from '../../sql';
import type { PlannableStatement } from './plannable-statement';

/** Milliseconds after which a statement may be planned again. */
const KEPT_MILLISECONDS = 3_600_000;
const MAX_STATEMENTS = 200;

interface Known<Plan> {
  /** The digest of the statement with its literals. */
  readonly tokens: string;
  readonly at: number;
  plan: Plan | undefined;
}

/**
 * Remembers the plans of statements for an hour, including those that the server could not plan: a failure appears in the
 * server's log. Statements that differ only in their literals count as one statement, and the plan of the first one is
 * used for no other.
 */
export class KnownPlans<Plan> {
  /** By the digest of the sanitised text: texts may be long, and contain data. */
  readonly #known = new Map<string, Known<Plan>>();

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
    const statement = digest(sanitizeSql(text));
    const known = this.#known.get(statement);
    if (known !== undefined && at - known.at < KEPT_MILLISECONDS) {
      return known.tokens === digest(tokens) ? known.plan : undefined;
    }
    const added: Known<Plan> = { tokens: digest(tokens), at, plan: undefined };
    this.#known.delete(statement);
    this.#known.set(statement, added);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_STATEMENTS && oldest !== undefined) this.#known.delete(oldest);
    added.plan = await plan();
    return added.plan;
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

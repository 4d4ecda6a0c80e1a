import type { PostgresVersion } from '@pg-otel/testkit';
import type { Certainty, FindingKind } from '../../src/diagnosis/contracts';
import type { Case, Stage } from './stage';

/** Something that makes a query slow, produced on a real server, and what must be reported. */
export interface Scenario {
  /** What happens, after "a query that". */
  readonly title: string;
  /** What the server shows. */
  readonly evidence: string;
  /** All findings, the most helpful first. Empty: nothing may be reported. */
  readonly findings: readonly ExpectedFinding[];
  /** What must never be reported. */
  readonly never?: readonly string[];
  /** Whether wait events are sampled: each question sees other ones, and possibly more than `findings`. */
  readonly isSampled?: boolean;
  /** Whether it takes seconds: it then runs with `npm run test:all` only. */
  readonly isLong?: boolean;
  /** Whether sessions of other scenarios would disturb it. */
  readonly needsDatabase?: boolean;
  /** The versions that behave so. Default: all. */
  readonly versions?: readonly PostgresVersion[];
  /** Makes the query slow. Returns when it hangs for the reason. */
  readonly produce: (stage: Stage) => Promise<Case>;
}

interface ExpectedFinding {
  readonly kind: FindingKind;
  readonly certainty: Certainty;
  /** With placeholders: `<time>`, `<pid>`, `<looks>`, `<n>`, `<size>`. */
  readonly sentence: string;
}

/** Placeholders of sentences. */
const placeholders: Readonly<Record<string, string>> = {
  '<time>': String.raw`\d+(?:\.\d)? (?:ms|s|min|h)`,
  '<pid>': String.raw`\d+`,
  '<looks>': String.raw`in \d+ of \d+ looks`,
  '<n>': String.raw`\d+`,
  '<size>': String.raw`\d+(?:\.\d)? (?:kB|MB|GB)`,
};

/** The expression that matches the whole sentence. */
export function patternOf(sentence: string): RegExp {
  const parts = sentence.split(/(<\w+>)/);
  return new RegExp(`^${parts.map((part) => placeholders[part] ?? escaped(part)).join('')}$`);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

import { type Answer, type Chain, isProven } from '../answer';
import type { Finding, OwnKnowledge, Subject } from '../contracts';
import { lockFindings } from './lock';
import { progressOf } from './progress';
import { waitFindings } from './waits';

export { findingsOfFailure } from './failure';

/** Returns what an answer shows about one operation of its question, the most helpful finding first. */
export function findingsOf(answer: Answer, subject: Subject, own: OwnKnowledge): Finding[] {
  const chains = answer.chains.get(subject.key) ?? [];
  const [first] = chains;
  if (first === undefined) return goneFindings(answer, subject);
  const findings = (chain: Chain) => findingsOfChain(chain, answer, subject, own);
  if (isProven(first.backend, answer.way)) return findings(first);
  if (first.backend.proof === 'text') return findings(first).map(asObserved);
  // The answer is incomplete if there are too many candidates.
  return chains.length === first.backend.candidates ? agreedFindings(chains, findings) : [];
}

function findingsOfChain(chain: Chain, answer: Answer, subject: Subject, own: OwnKnowledge): Finding[] {
  const { backend } = chain;
  const progress = progressOf(backend, subject);
  if (progress !== undefined) return progress.finding === undefined ? [] : [progress.finding];
  const locks = lockFindings(chain, subject, answer.server, own);
  return locks.length > 0 ? locks : waitFindings(backend, subject, answer.server);
}

/** Any of several sessions may be the operation's: what differs between them is left out. */
function agreedFindings(chains: readonly Chain[], findings: (chain: Chain) => Finding[]): Finding[] {
  if (chains.length === 1) return chains.flatMap(findings).map(asObserved);
  const [first = [], ...others] = chains.map((chain) => findings(withoutDetails(chain)));
  return first
    .filter(({ sentence }) => others.every((other) => other.some((finding) => finding.sentence === sentence)))
    .map(asObserved);
}

/** The text does not prove a session: another client, or a session of another server, may execute the same text. */
function asObserved(finding: Finding): Finding {
  return finding.certainty === 'proven' ? { ...finding, certainty: 'observed' } : finding;
}

/** What candidates may have in common: the root of their chains, but not the time they wait, nor the sessions in between. */
function withoutDetails({ backend, blockers }: Chain): Chain {
  const { lock } = backend;
  const root = blockers.at(-1);
  return {
    backend: { ...backend, otherWaiters: 0, lock: lock && { ...lock, seconds: undefined } },
    // Without a root, the chain is a deadlock, or longer than the answer.
    blockers: root === undefined || root.lock !== undefined ? [] : [{ ...root, blockers: [] }],
    isShortened: true,
  };
}

function goneFindings(answer: Answer, { key, pid }: Subject): Finding[] {
  if (!answer.absent.has(key)) return [];
  return [
    {
      kind: 'session_gone',
      certainty: 'proven',
      sentence: `the server has no session of its connection (pid ${pid})`,
    },
  ];
}

import type { Backend, Server } from '../answer';
import type { Finding, Subject } from '../contracts';
import { waitClasses } from './wait-classes';
import { waitEventAttributes } from './wait-event';

/** The share of samples from which a wait is reported. */
const MIN_SHARE = 0.15;
/** From this share on, the session computes most of the time. */
const COMPUTING_SHARE = 0.5;
/** So many sessions that run at once may exhaust the cores of the server. */
const MIN_RUNNING = 4;

const NO_WAIT = '-';

/** What an operation that waits for no other session does, as counted samples. */
export function waitFindings({ samples, ...backend }: Backend, subject: Subject, server: Server): Finding[] {
  const total = sum(samples.values());
  const left = new Map(samples);
  left.delete(NO_WAIT);
  const findings = waitClasses.flatMap(
    ({ events, kind = 'wait', minShare = MIN_SHARE, certainty, sentence }): Finding[] => {
      const matching = [...left].filter(([event]) => events.test(event));
      for (const [event] of matching) left.delete(event);
      const [most] = matching.sort(([, a], [, b]) => b - a);
      const times = sum(matching.map(([, count]) => count));
      if (most === undefined || times < total * minShare) return [];
      const [event] = most;
      const seen = {
        event,
        name: event.split('/')[1] ?? event,
        looks: looks(times, total),
        isAlways: times === total,
        backend,
        subject,
      };
      return [
        {
          kind,
          certainty: certainty(seen),
          sentence: sentence(seen),
          attributes: waitEventAttributes(event),
        },
      ];
    },
  );
  return [...findings, ...computingFindings(samples.get(NO_WAIT) ?? 0, total, server)];
}

/** A session without a wait event executes, or waits for the operating system to let it. The server does not know which. */
function computingFindings(times: number, total: number, { active, activeWithoutWait }: Server): Finding[] {
  if (times === 0 || times < total * COMPUTING_SHARE) return [];
  const sentence = `computed, or waited for a CPU, ${looks(times, total)}`;
  const findings: Finding[] = [{ kind: 'computing', certainty: 'observed', sentence }];
  if (activeWithoutWait >= MIN_RUNNING) {
    findings.push({
      kind: 'computing',
      certainty: 'possible',
      sentence: `${activeWithoutWait} of ${active} active sessions execute at the same time, which may be more than the server has cores`,
    });
  }
  return findings;
}

const looks = (times: number, total: number): string => `in ${times} of ${total} looks`;

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0);

import { LABEL_SOURCES } from '../rules/labels';
import { matcher } from './routes';

/** All that can make two alerts of a rule different ones. A label that both lack counts as equal. */
const SUBJECT = ['alertname', ...Object.keys(LABEL_SOURCES), 'failure'];

/** Alerts of others have none of these labels, and so all of them equal: a disk's would hide that of another host. */
const OURS = 'signal=~"logs|metrics"';

/** Which alerts keep which quiet, of the same rule and about the same. */
export const INHIBIT_RULES = [
  inhibit('severity', 'critical', ['warning', 'info'], SUBJECT),
  inhibit('severity', 'warning', ['info'], SUBJECT),
  // What a log event told, Prometheus counts again when it has ended.
  inhibit('signal', 'logs', ['metrics'], ['severity', ...SUBJECT]),
];

function inhibit(label: string, source: string, targets: readonly string[], equal: readonly string[]) {
  const target =
    targets.length === 1 ? matcher(label, targets[0] as string) : `${label}=~"${targets.join('|')}"`;
  const ours = label === 'signal' ? [] : [OURS];
  return { source_matchers: [matcher(label, source), ...ours], target_matchers: [target, ...ours], equal };
}

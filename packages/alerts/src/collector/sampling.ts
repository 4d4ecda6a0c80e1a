import { limitsOf, type Rule } from '../rules/rule';
import type { CollectorPart } from './config';
import { number } from './ottl';
import { setting } from './settings';

const IS_OURS = 'span.attributes["db.system.name"] == "postgresql"';

/** Selects the traces that the gateway keeps. The policy `latency` is not used, because it measures the entire trace. */
export function tailSampling(rules: readonly Rule[]): CollectorPart {
  const [slow = 1] = limitsOf(rules.filter(({ watch }) => watch === 'slow-operation'));
  const isSlow = `${IS_OURS} and (span.end_time - span.start_time) >= Duration("${number(slow)}s")`;
  const anySpan = (name: string, condition: string) => `
      - name: ${name}
        type: ottl_condition
        ottl_condition:
          error_mode: ignore
          span:
            - ${JSON.stringify(condition)}`;
  return `
processors:
  # Keeps traces with slow or failed database operations, traces with errors, and a share of the rest. All spans
  # of a trace must reach this process.
  tail_sampling:
    decision_wait: ${setting('OTELCOL_SAMPLING_WAIT')}
    num_traces: 50000
    decision_cache:
      sampled_cache_size: 500000
      non_sampled_cache_size: 500000
    policies:${anySpan('slow-database', isSlow)}${anySpan('failed-database', `${IS_OURS} and span.status.code == STATUS_CODE_ERROR`)}
      - name: errors
        type: status_code
        status_code:
          status_codes: [ERROR]
      - name: baseline
        type: probabilistic
        probabilistic:
          sampling_percentage: ${setting('OTELCOL_SAMPLING_PERCENTAGE')}
`;
}

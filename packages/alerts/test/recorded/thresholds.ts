/** What the recording is judged by: every rule that more than one engine evaluates, and overrides. */
export const RECORDED_THRESHOLDS = `
receivers: {pager: {}, chat: {}}
notify: {critical: pager, warning: chat, info: chat}
rules:
  PostgresQuerySlow:
    watch: slow-operation
    operations: [query, batch]
    labels: {team: payments}
    levels:
      - {severity: warning, over: 1s}
      - {severity: critical, over: 5s, receiver: pager}
  PostgresConnectionFailed:
    watch: failed-operation
    operations: [connect]
    levels:
      - {severity: warning, failures: [timeout, other], atLeast: 1}
      - {severity: critical, failures: [refused, authentication, too_many]}
  PostgresConnectionHeld:
    watch: held-connection
    levels: [{severity: warning, over: 30s}]
  PostgresQueryTarget:
    watch: share-within
    operations: [query, batch]
    levels: [{severity: warning, within: 50ms, share: 95%, window: 1m, for: 20s}]
  PostgresPoolUtilization:
    watch: pool-utilization
    levels:
      - {severity: warning, over: 80%, for: 1m, keepFiring: 1m}
      - {severity: critical, over: 95%, for: 20s, keepFiring: 1m}
  PostgresPoolWaiting:
    watch: pool-waiting
    levels: [{severity: warning, over: 500ms, for: 30s}]
overrides:
  - match: {pool: reports}
    rules: {PostgresPoolUtilization: off}
  - match: {database: archive}
    rules:
      PostgresQuerySlow: {levels: [{severity: info, over: 5s}]}
      PostgresQueryTarget: off
`;

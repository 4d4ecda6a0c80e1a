/**
 * Text of the shipped thresholds, `collector-config/thresholds.yaml` of the repository. It is not read from a file, which a
 * bundle would not have.
 */
export const DEFAULT_THRESHOLDS = `# yaml-language-server: $schema=./thresholds.schema.json
#
# The thresholds of all alerts. \`pg-otel alerts build\` compiles this file to the other files in this folder.
# For each rule, see docs/reference/thresholds.md. For each alert, see docs/reference/runbooks.md.

runbooks: https://github.com/pg-otel/pg-otel/blob/main/docs/reference/runbooks.md
# The address of Grafana, for the links in alerts.
dashboards: http://127.0.0.1:3000

# Receivers in the format of Alertmanager's configuration. Replace these two with your own.
receivers:
  pager:
    webhook_configs: [{ url: "http://127.0.0.1:9099/pager", send_resolved: true }]
  chat:
    webhook_configs: [{ url: "http://127.0.0.1:9099/chat", send_resolved: true }]

notify:
  critical: pager
  warning: chat
  info: chat

rules:
  # Single operations. The alert fires within a second of crossing the limit, while the operation runs, regardless of sampling.
  PostgresQuerySlow:
    watch: slow-operation
    operations: [query, batch]
    levels:
      - { severity: warning, over: 1s }
      - { severity: critical, over: 5s }

  # Fires after three failures within a minute (atLeast: 3), or after the first if nothing else succeeds at the database.
  PostgresConnectionFailed:
    watch: failed-operation
    operations: [connect]
    levels:
      - { severity: warning, failures: [timeout, other] }
      - { severity: critical, failures: [refused, authentication, too_many] }

  PostgresPoolTimeout:
    watch: failed-operation
    operations: [acquire]
    levels:
      - { severity: critical, failures: [timeout] }

  PostgresConnectionHeld:
    watch: held-connection
    levels:
      - { severity: warning, over: 30s }

  # Shares and states need a history, so Prometheus evaluates these rules.
  PostgresQueryTarget:
    watch: share-within
    operations: [query, batch]
    levels:
      - { severity: warning, within: 50ms, share: 95%, window: 5m, for: 5m }

  PostgresConnectionTarget:
    watch: share-within
    operations: [connect]
    levels:
      - { severity: warning, within: 100ms, share: 95%, window: 5m, for: 5m }

  PostgresPoolUtilization:
    watch: pool-utilization
    levels:
      - { severity: warning, over: 80%, for: 1m, keepFiring: 1m }
      - { severity: critical, over: 95%, for: 20s, keepFiring: 1m }

  PostgresPoolWaiting:
    watch: pool-waiting
    levels:
      - { severity: warning, over: 500ms, for: 30s, keepFiring: 1m }

  PostgresPoolUnhealthy:
    watch: pool-unhealthy
    levels:
      - { severity: critical, for: 1m }

  # The alerting pipeline itself.
  PostgresTelemetryMissing:
    watch: missing-telemetry
    levels:
      - { severity: warning, for: 2m }

  CollectorQueueFilling:
    watch: collector-queue
    levels:
      - { severity: warning, over: 50%, for: 1m }
      - { severity: critical, over: 90%, for: 1m }

  CollectorRefusing:
    watch: collector-refused
    levels:
      # A warning only: applications send refused telemetry again.
      - { severity: warning, for: 1m }

  CollectorLosing:
    watch: collector-failed
    levels:
      - { severity: critical }

  # Undelivered requests count for five minutes. With \`for: 6m\`, a short restart of Alertmanager does not page.
  AlertBridgeNotDelivering:
    watch: bridge-undelivered
    levels:
      - { severity: warning, for: 1m }
      - { severity: critical, for: 6m }
`;

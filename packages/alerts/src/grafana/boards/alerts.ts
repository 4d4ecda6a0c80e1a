import { PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Thresholds } from '../../rules/rule';
import type { Board } from '../board';
import { limitsOn } from '../limits';
import { chart, type Panel, type Query, summed } from '../panel';
import { legendOf, OF_ALERT, perMinute, RATE_WINDOW, sum } from '../promql';
import { ALERTMANAGER_NAME } from '../provisioning';
import { SERVICE_VARIABLES } from '../variables';

/** A panel of Grafana's alerting, for which the SDK has no builder. It queries no data source. */
const alertPanel = (type: string, title: string, description: string, options: object): Panel =>
  new PanelBuilder()
    .type(type)
    .title(title)
    .description(description)
    .unit('short')
    .span(12)
    .height(10)
    .options(options);

const STATES = { error: true, firing: true, noData: false, normal: false, pending: true, recovering: true };

/** Matches counters of the collector with or without `_total`, which depends on version and configuration. */
const counted = (metric: string, by: string, legend: string): Query[] =>
  ['spans', 'metric_points', 'log_records'].map((signal) => ({
    expr: `60 * ${sum(by, `rate({__name__=~"${metric}_${signal}(_total)?"}[${RATE_WINDOW}])`)}`,
    legend: `${signal.replace('_', ' ')} ${legend}`,
  }));

export function alertsBoard(thresholds: Thresholds): Board {
  const names = thresholds.rules.map(({ name }) => name).join('|');
  const firing = `ALERTS{alertstate="firing",alertname=~"${names}",${OF_ALERT}}`;
  const fired = { unit: 'short', stacked: true, none: 'None fired' } as const;
  const ofBridge = (metric: string, legend: string, by = ''): Query => ({
    expr: perMinute(by, `pg_otel_bridge_${metric}_total`, ''),
    legend,
  });
  return {
    name: 'alerts',
    title: 'Postgres clients: alerts',
    description: 'Which alerts fire, how often limits are exceeded, and whether alerts can be delivered.',
    variables: ['datasource', ...SERVICE_VARIABLES],
    rows: [
      {
        title: 'Firing',
        panels: [
          alertPanel(
            'alertGroups',
            'Alerts at Alertmanager',
            `All alerts that fire or are silenced, including those for single slow and failed operations, which come from log events and not from Prometheus. From the data source named ${ALERTMANAGER_NAME}.`,
            { alertmanager: ALERTMANAGER_NAME, labels: '', expandAll: false },
          ),
          alertPanel(
            'alertlist',
            'Rules that fire in Prometheus',
            'Alerting rules of Prometheus that fire or are pending: shares and states, and single operations that were counted after they had ended. From data sources with the setting *Manage alerts*.',
            {
              alertInstanceLabelFilter: '',
              alertName: '',
              dashboardAlerts: false,
              groupBy: [],
              groupMode: 'default',
              maxItems: 50,
              showInstances: true,
              sortOrder: 3,
              stateFilter: STATES,
              viewMode: 'list',
            },
          ),
          chart({
            ...fired,
            title: 'Firing alerts by severity',
            description:
              'How many alerts fired in Prometheus. Alerts from log events are not included. `ALERTS` of Prometheus.',
            queries: [summed('severity', firing)],
          }),
          chart({
            ...fired,
            title: 'Firing alerts by rule',
            description: 'How many alerts of each rule fired in Prometheus. `ALERTS` of Prometheus.',
            queries: [summed('alertname, severity', firing)],
          }),
        ],
      },
      {
        title: 'Breaches',
        panels: [
          chart({
            title: 'Breaches by rule',
            description:
              'Operations per minute that exceeded a limit. The collector counts their log events while they run, including those that Alertmanager combines into one alert. `pg_otel.threshold.breaches`.',
            unit: 'opm',
            none: 'None',
            queries: [
              {
                expr: perMinute(
                  'pg_otel_alert_rule, pg_otel_alert_severity',
                  'pg_otel_threshold_breaches_total',
                  OF_ALERT,
                ),
                legend: legendOf('pg_otel_alert_rule, pg_otel_alert_severity'),
              },
            ],
          }),
        ],
      },
      {
        title: 'Pipeline',
        panels: [
          chart({
            title: 'Queues of the collector',
            description:
              'How full the queue of each destination is. Telemetry that a full queue refuses is lost unless the sender retries. `otelcol_exporter_queue_size` as a share of `otelcol_exporter_queue_capacity`.',
            unit: 'percentunit',
            upTo: 1,
            limits: limitsOn(thresholds, 'collector-queue'),
            queries: [
              {
                // An exporter may have queues for several signals.
                expr: 'max by (exporter, data_type, instance) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)',
                legend: legendOf('exporter, data_type, instance'),
              },
            ],
          }),
          chart({
            title: 'Refused by the collector',
            description:
              'Spans, data points and log records per minute that the collector refused, by receiver: its memory or a queue is full. The sender keeps them for a while. `otelcol_receiver_refused_*`.',
            unit: 'cpm',
            none: 'None refused',
            queries: counted('otelcol_receiver_refused', 'receiver, instance', '{{receiver}} {{instance}}'),
          }),
          chart({
            title: 'Lost by the collector',
            description:
              'Spans, data points and log records per minute that did not reach their destination, by exporter: the exporter gave up (`failed`), or its queue was full. `otelcol_exporter_send_failed_*`, `otelcol_exporter_enqueue_failed_*`.',
            unit: 'cpm',
            none: 'None lost',
            queries: (['send_failed', 'enqueue_failed'] as const).flatMap((end) =>
              counted(
                `otelcol_exporter_${end}`,
                'exporter, instance',
                `${end === 'send_failed' ? 'failed' : 'not queued'} {{exporter}} {{instance}}`,
              ),
            ),
          }),
          chart({
            title: 'Alerts through the bridge',
            description:
              'Per minute: alerts that Alertmanager accepted, requests of the collector that could not be forwarded (the collector retries them), requests without the right bearer token or whose body did not arrive, and records that can never become an alert. `pg_otel_bridge_alerts_forwarded_total`, `pg_otel_bridge_undelivered_total`, `pg_otel_bridge_unauthorized_total`, `pg_otel_bridge_incomplete_total`, `pg_otel_bridge_rejected_total`.',
            unit: 'cpm',
            none: 'None',
            queries: [
              ofBridge('alerts_forwarded', 'forwarded'),
              ofBridge('undelivered', 'undelivered requests'),
              ofBridge('unauthorized', 'unauthorized requests'),
              ofBridge('incomplete', 'incomplete requests'),
              ofBridge('rejected', 'rejected: {{reason}}', 'reason'),
            ],
          }),
          chart({
            title: 'Deliveries of the bridge',
            description:
              'Requests per minute to Alertmanager and the webhook, by outcome. `pg_otel_bridge_deliveries_total`.',
            unit: 'cpm',
            none: 'None',
            queries: [ofBridge('deliveries', '{{destination}} {{outcome}}', 'destination, outcome')],
          }),
        ],
      },
    ],
  };
}

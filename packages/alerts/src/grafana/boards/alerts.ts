import { PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Thresholds } from '../../rules/rule';
import { type Board, firingAlerts } from '../board';
import { chart, type Panel } from '../panel';
import { grouped, legendOf, perMinute, type Query, RATE_WINDOW, sum, summed } from '../promql';
import { ALERTMANAGER_NAME } from '../provisioning';
import { OF_ALERT, selectionOf } from '../variables';

/** A panel of Grafana's alerting, for which the SDK has no builder. It queries no data source. */
const alertPanel =
  (description: string, type: string, options: object): Panel =>
  (title) =>
    new PanelBuilder()
      .type(type)
      .title(title)
      .description(description)
      .unit('short')
      .span(12)
      .height(10)
      .options(options);
const STATES = { error: true, firing: true, noData: false, normal: false, pending: true, recovering: true };

const BREACH = 'pg_otel_alert_rule, pg_otel_alert_severity';
const QUEUE = 'exporter, data_type, instance';

/** Matches counters of the collector with or without `_total`, which depends on version and configuration. */
const counted = (metric: string, by: string, what = ''): Query[] =>
  ['spans', 'metric_points', 'log_records'].map((signal) => ({
    expr: `60 * ${sum(`${by}, instance`, `rate({__name__=~"otelcol_${metric}_${signal}(_total)?"}[${RATE_WINDOW}])`)}`,
    legend: `${signal.replace('_', ' ')} ${what}${legendOf(`${by}, instance`)}`,
  }));
const ofBridge = (metric: string, legend: string, by = ''): Query =>
  perMinute(by, `pg_otel_bridge_${metric}_total`, '', legend);

export const alertsBoard = (thresholds: Thresholds): Board => ({
  name: 'alerts',
  description: 'Which alerts fire, how often limits are exceeded, and whether alerts can be delivered.',
  variables: selectionOf('namespace'),
  rows: {
    Firing: {
      'Alerts at Alertmanager': alertPanel(
        `All alerts that fire or are silenced, including those for single slow and failed operations, which come from log events and not from Prometheus. From the data source named ${ALERTMANAGER_NAME}.`,
        'alertGroups',
        { alertmanager: ALERTMANAGER_NAME, labels: '', expandAll: false },
      ),
      'Rules that fire in Prometheus': alertPanel(
        'Alerting rules of Prometheus that fire or are pending: shares and states, and single operations that were counted after they had ended. From data sources with the setting *Manage alerts*.',
        'alertlist',
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
      'Firing alerts by severity': chart(
        'How many alerts fired in Prometheus. Alerts from log events are not included. `ALERTS` of Prometheus.',
        { unit: 'short', stacked: true, none: 'None fired' },
        summed('severity', firingAlerts(thresholds)),
      ),
      'Firing alerts by rule': chart(
        'How many alerts of each rule fired in Prometheus. `ALERTS` of Prometheus.',
        { unit: 'short', stacked: true, none: 'None fired' },
        summed('alertname, severity', firingAlerts(thresholds)),
      ),
    },
    Breaches: {
      'Breaches by rule': chart(
        'Operations per minute that exceeded a limit. The collector counts their log events while they run, including those that Alertmanager combines into one alert. `pg_otel.threshold.breaches`.',
        { unit: 'opm', none: 'None' },
        perMinute(BREACH, 'pg_otel_threshold_breaches_total', OF_ALERT),
      ),
    },
    Pipeline: {
      'Queues of the collector': chart(
        'How full the queue of each destination is. Telemetry that a full queue refuses is lost unless the sender retries. `otelcol_exporter_queue_size` as a share of `otelcol_exporter_queue_capacity`.',
        { unit: 'percentunit', upTo: 1, watches: ['collector-queue'] },
        // An exporter may have queues for several signals.
        grouped(QUEUE, `max by (${QUEUE}) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)`),
      ),
      'Refused by the collector': chart(
        'Spans, data points and log records per minute that the collector refused, by receiver: its memory or a queue is full. The sender keeps them for a while. `otelcol_receiver_refused_*`.',
        { unit: 'cpm', none: 'None refused' },
        ...counted('receiver_refused', 'receiver'),
      ),
      'Lost by the collector': chart(
        'Spans, data points and log records per minute that did not reach their destination, by exporter: the exporter gave up (`failed`), or its queue was full. `otelcol_exporter_send_failed_*`, `otelcol_exporter_enqueue_failed_*`.',
        { unit: 'cpm', none: 'None lost' },
        ...counted('exporter_send_failed', 'exporter', 'failed '),
        ...counted('exporter_enqueue_failed', 'exporter', 'not queued '),
      ),
      'Alerts through the bridge': chart(
        'Per minute: alerts that Alertmanager accepted, requests of the collector that could not be forwarded (the collector retries them), requests without the right bearer token or whose body did not arrive, and records that can never become an alert. `pg_otel_bridge_alerts_forwarded_total`, `pg_otel_bridge_undelivered_total`, `pg_otel_bridge_unauthorized_total`, `pg_otel_bridge_incomplete_total`, `pg_otel_bridge_rejected_total`.',
        { unit: 'cpm', none: 'None' },
        ofBridge('alerts_forwarded', 'forwarded'),
        ofBridge('undelivered', 'undelivered requests'),
        ofBridge('unauthorized', 'unauthorized requests'),
        ofBridge('incomplete', 'incomplete requests'),
        ofBridge('rejected', 'rejected: {{reason}}', 'reason'),
      ),
      'Deliveries of the bridge': chart(
        'Requests per minute to Alertmanager and the webhook, by outcome. `pg_otel_bridge_deliveries_total`.',
        { unit: 'cpm', none: 'None' },
        ofBridge('deliveries', '{{destination}} {{outcome}}', 'destination, outcome'),
      ),
    },
  },
});

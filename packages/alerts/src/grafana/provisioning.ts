import { duration } from '../rules/text';
import { TIMES } from '../rules/times';

/** The name of the data source, by which the panel of alert groups finds it. */
export const ALERTMANAGER_NAME = 'Alertmanager';

const CONTENTS = {
  dashboards: `# Mount the folder grafana/ at /etc/grafana/pg-otel.

apiVersion: 1
providers:
  - name: pg-otel
    folder: Postgres clients
    type: file
    disableDeletion: true
    allowUiUpdates: false
    options:
      path: /etc/grafana/pg-otel
`,
  datasources: `# Grafana reads PROMETHEUS_URL, JAEGER_URL and ALERTMANAGER_URL from its environment,
# such as http://prometheus:9090, http://jaeger:16686 and http://alertmanager:9093.
# timeInterval is the scrape interval: rates are calculated over at least four of them.

apiVersion: 1
datasources:
  - name: Prometheus
    uid: pg-otel-prometheus
    type: prometheus
    access: proxy
    url: $PROMETHEUS_URL
    isDefault: true
    jsonData:
      httpMethod: POST
      timeInterval: ${duration(TIMES.scrape)}
      manageAlerts: true
      alertmanagerUid: pg-otel-alertmanager
  - name: Jaeger
    uid: pg-otel-jaeger
    type: jaeger
    access: proxy
    url: $JAEGER_URL
  - name: ${ALERTMANAGER_NAME}
    uid: pg-otel-alertmanager
    type: alertmanager
    access: proxy
    url: $ALERTMANAGER_URL
    jsonData:
      implementation: prometheus
      handleGrafanaManagedAlerts: false
`,
};

/** https://grafana.com/docs/grafana/latest/administration/provisioning/ */
export const PROVISIONING = Object.entries(CONTENTS).map(([name, content]) => ({
  path: `grafana/provisioning/${name}/pg-otel.yaml`,
  content: `# Generated from thresholds.yaml by \`pg-otel alerts build\`. The next build overwrites changes.\n${content}`,
}));

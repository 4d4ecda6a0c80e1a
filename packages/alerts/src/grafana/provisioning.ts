import { Document } from 'yaml';
import type { CompiledFile } from '../rules/compiled';

/** The panel of Alertmanager's groups knows its data source by name. */
export const ALERTMANAGER_NAME = 'Alertmanager';

/** Where Grafana finds the dashboards: mount the folder `grafana` of the outputs there. */
const DASHBOARDS_FOLDER = '/etc/grafana/pg-otel';

const GENERATED =
  ' Generated from thresholds.yaml by `pg-otel alerts build`; changes are lost with the next one.';

/** https://grafana.com/docs/grafana/latest/administration/provisioning/ */
export function provisioningFiles(): CompiledFile[] {
  return [
    {
      path: 'grafana/provisioning/dashboards/pg-otel.yaml',
      content: written(
        {
          apiVersion: 1,
          providers: [
            {
              name: 'pg-otel',
              folder: 'Postgres clients',
              type: 'file',
              disableDeletion: true,
              allowUiUpdates: false,
              options: { path: DASHBOARDS_FOLDER },
            },
          ],
        },
        [GENERATED, ` Mount the folder above this one (grafana/) at ${DASHBOARDS_FOLDER}.`],
      ),
    },
    {
      path: 'grafana/provisioning/datasources/pg-otel.yaml',
      content: written(
        {
          apiVersion: 1,
          datasources: [
            {
              name: 'Prometheus',
              uid: 'pg-otel-prometheus',
              type: 'prometheus',
              access: 'proxy',
              url: '$PROMETHEUS_URL',
              isDefault: true,
              jsonData: {
                httpMethod: 'POST',
                timeInterval: '10s',
                manageAlerts: true,
                alertmanagerUid: 'pg-otel-alertmanager',
              },
            },
            {
              name: 'Jaeger',
              uid: 'pg-otel-jaeger',
              type: 'jaeger',
              access: 'proxy',
              url: '$JAEGER_URL',
            },
            {
              name: ALERTMANAGER_NAME,
              uid: 'pg-otel-alertmanager',
              type: 'alertmanager',
              access: 'proxy',
              url: '$ALERTMANAGER_URL',
              jsonData: { implementation: 'prometheus', handleGrafanaManagedAlerts: false },
            },
          ],
        },
        [
          GENERATED,
          ' Grafana fills in PROMETHEUS_URL, JAEGER_URL and ALERTMANAGER_URL from its environment,',
          ' as http://prometheus:9090, http://jaeger:16686 and http://alertmanager:9093.',
          ' timeInterval is the scrape interval: rates are taken over at least four of them.',
        ],
      ),
    },
  ];
}

function written(content: object, comments: readonly string[]): string {
  const document = new Document(content);
  document.commentBefore = comments.join('\n');
  return document.toString({ lineWidth: 110 });
}

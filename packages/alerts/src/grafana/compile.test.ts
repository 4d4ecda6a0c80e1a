import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { dashboardQueries, dashboards, panelsOf, withoutVariables } from '../../test/dashboards.reference';
import { parseThresholds } from '../thresholds/parse';
import { compileGrafana } from '.';

const file = readFileSync(path.join(__dirname, '../../../../collector-config/thresholds.yaml'), 'utf8');
const compiled = (text = file) => compileGrafana(parseThresholds(text));
const boards = (text?: string) => dashboards(compiled(text));

/** All panels except row headings. */
function panels(board: Dashboard): Panel[] {
  return panelsOf(board).filter(({ type }) => type !== 'row');
}

function panel(title: string, text?: string): Panel {
  const found = boards(text)
    .flatMap(panels)
    .find((each) => each.title === title);
  if (found === undefined) throw new Error(`No panel ${title}`);
  return found;
}

function lines(title: string, text?: string): [number | null, string][] {
  const { thresholds, custom } = panel(title, text).fieldConfig?.defaults ?? {};
  if (custom?.thresholdsStyle?.mode !== 'dashed') return [];
  return (thresholds?.steps ?? []).slice(1).map(({ value, color }) => [value, color]);
}

const titlesOf = (text?: string) => boards(text).flatMap((board) => panels(board).map(({ title }) => title));

describe('the dashboards', () => {
  it('are five, with fixed uids', () => {
    expect(boards().map(({ uid, title }) => [uid, title])).toEqual([
      ['pg-otel-queries', 'Postgres clients: queries'],
      ['pg-otel-connections', 'Postgres clients: connections'],
      ['pg-otel-pools', 'Postgres clients: pools'],
      ['pg-otel-alerts', 'Postgres clients: alerts'],
      ['pg-otel-traces', 'Postgres clients: traces'],
    ]);
    expect(compiled().files.map(({ path: name }) => name)).toEqual([
      'grafana/queries.json',
      'grafana/connections.json',
      'grafana/pools.json',
      'grafana/alerts.json',
      'grafana/traces.json',
      'grafana/provisioning/dashboards/pg-otel.yaml',
      'grafana/provisioning/datasources/pg-otel.yaml',
    ]);
  });

  it('are identical for the same thresholds', () => {
    expect(compiled()).toEqual(compiled());
  });

  it('link to each other by their tag, and keep the selected variables', () => {
    for (const { tags, links } of boards()) {
      expect(tags).toContain('pg-otel');
      expect(links).toEqual([
        expect.objectContaining({ type: 'dashboards', tags: ['pg-otel'], includeVars: true, keepTime: true }),
      ]);
    }
  });

  it('have multi-value variables for service, environment, database, pool and instance', () => {
    const chosen = boards().map((board) => board.templating?.list?.map(({ name }) => name));
    const service = ['service_name', 'deployment_environment_name', 'cluster', 'namespace'];
    expect(chosen).toEqual([
      ['datasource', ...service, 'db_namespace'],
      ['datasource', ...service, 'db_namespace', 'pool'],
      ['datasource', ...service, 'db_namespace', 'pool', 'instance'],
      ['datasource', ...service],
      ['jaeger', 'tempo', 'service', 'operation', 'min_duration', 'traceql'],
    ]);
    for (const variable of boards().flatMap((board) => board.templating?.list ?? [])) {
      if (variable.type !== 'query') continue;
      expect(variable).toMatchObject({ multi: true, includeAll: true, allValue: '.*' });
    }
  });

  it('use only variables that they define', () => {
    for (const board of boards()) {
      const has = board.templating?.list?.map(({ name }) => name) ?? [];
      const used = dashboardQueries([board]).flatMap(({ expr }) => expr.match(/\$(?!__)\w+/g) ?? []);
      expect(has).toEqual(expect.arrayContaining([...new Set(used)].map((name) => name.slice(1))));
    }
  });
});

it('dashboards of metrics mark when alerts fired', () => {
  const marked = boards().filter(({ annotations }) =>
    annotations?.list?.some(({ name }) => name === 'Alerts'),
  );
  expect(marked.map(({ uid }) => uid)).toEqual([
    'pg-otel-queries',
    'pg-otel-connections',
    'pg-otel-pools',
    'pg-otel-alerts',
  ]);
  const [alerts] = marked[0]?.annotations?.list?.filter(({ name }) => name === 'Alerts') ?? [];
  expect(alerts?.expr).toContain('ALERTS{alertstate="firing",alertname=~"PostgresQuerySlow|');
});

describe('the dashboard of queries', () => {
  it('begins with an overview', () => {
    const stats = panels(boards()[0] as Dashboard).filter(({ type }) => type === 'stat');
    expect(stats.map(({ title }) => title)).toEqual([
      'Queries/s',
      'p95',
      'Errors',
      'Over 1 s',
      'Pools over 80 %',
    ]);
    expect(stats.every(({ gridPos }) => gridPos?.y === 1)).toBe(true);
  });

  it('shows durations as a heatmap', () => {
    expect(panel('Durations over time')).toMatchObject({
      type: 'heatmap',
      targets: [{ format: 'heatmap', legendFormat: '{{le}}' }],
    });
  });

  it('sorts the top statements by total time', () => {
    const { targets, options } = panel('Top statements') as Panel & { options: { sortBy: unknown } };
    expect(options.sortBy).toEqual([{ displayName: 'Total time', desc: true }]);
    for (const { expr } of targets as unknown as { expr: string }[]) {
      expect(expr).toMatch(/topk\(25, \(sum by \(service_name, db_query_summary\) \(increase\(\w+_sum\{/);
    }
  });
});

describe('each panel', () => {
  const all = boards().flatMap((board) =>
    panels(board).map((each) => [board.uid, each.title, each] as const),
  );

  it.each(all)(
    'of %s: %s describes what it shows, in which unit, and from which metric',
    (_, title, shown) => {
      expect(title).toMatch(/^[A-Z][^.]*$/i);
      expect(shown.fieldConfig?.defaults.unit).toEqual(expect.any(String));
      expect(shown.description).toMatch(/`[\w.*]+`|data source/);
      if (shown.type === 'timeseries') expect(shown.targets).not.toEqual([]);
    },
  );

  it('has a unique title, id and position in its dashboard', () => {
    for (const board of boards()) {
      const titles = panels(board).map(({ title }) => title);
      expect(new Set(titles).size).toBe(titles.length);
      const all = board.panels ?? [];
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      const places = all.map(({ gridPos }) => `${gridPos?.x} ${gridPos?.y}`);
      expect(new Set(places).size).toBe(places.length);
      for (const { gridPos } of all) expect((gridPos?.x ?? 0) + (gridPos?.w ?? 0)).toBeLessThanOrEqual(24);
    }
  });

  it.each(dashboardQueries(boards()).map((query) => [`${query.panel} ${query.refId}`, query.expr]))(
    '%s asks in PromQL',
    (_, expr) => {
      const text = withoutVariables(expr, { window: '1m', shown: '1h' });
      expect(text).not.toContain('$');
      const mistakes: string[] = [];
      parser.parse(text).iterate({
        enter: ({ type, from, to }) => {
          if (type.isError) mistakes.push(`${from}: ${text.slice(from, to + 20)}`);
        },
      });
      expect(mistakes).toEqual([]);
    },
  );
});

describe('limits', () => {
  it('are drawn at the values of the thresholds', () => {
    const drawn = Object.fromEntries(
      titlesOf()
        .map((title) => [title, lines(title ?? '')] as const)
        .filter(([, shown]) => shown.length > 0),
    );
    expect(drawn).toEqual({
      'Duration of queries': [
        [0.05, 'green'],
        [1, 'orange'],
        [5, 'red'],
      ],
      'Queries within 50 ms': [[0.95, 'orange']],
      'Time to set up a connection': [[0.1, 'green']],
      'Connections within 100 ms': [[0.95, 'orange']],
      Utilization: [
        [0.8, 'orange'],
        [0.95, 'red'],
      ],
      'Oldest waiting request': [[0.5, 'orange']],
      'Connection held longest': [[30, 'orange']],
      'Queues of the collector': [
        [0.5, 'orange'],
        [0.9, 'red'],
      ],
    });
  });

  it('follow changed thresholds, as do queries and titles', () => {
    const changed = file
      .replace('severity: warning, over: 1s', 'severity: warning, over: 500ms')
      .replace('within: 50ms, share: 95%', 'within: 10ms, share: 90%')
      .replace('severity: warning, over: 80%', 'severity: info, over: 70%');
    expect(lines('Duration of queries', changed)).toEqual([
      [0.01, 'green'],
      [0.5, 'orange'],
      [5, 'red'],
    ]);
    expect(lines('Queries within 10 ms', changed)).toEqual([[0.9, 'orange']]);
    expect(lines('Utilization', changed)).toEqual([
      [0.7, 'blue'],
      [0.95, 'red'],
    ]);
    expect(JSON.stringify(panel('Queries over a limit', changed).targets)).toContain('le=\\"0.5\\"');
  });

  it('are within the axis even if all values are low', () => {
    for (const title of ['Oldest waiting request', 'Connection held longest', 'Duration of queries']) {
      const { custom } = panel(title).fieldConfig?.defaults ?? {};
      expect(custom?.axisSoftMax).toBe(lines(title).at(-1)?.[0]);
    }
  });

  it('are described with their rule and its runbook', () => {
    expect(panel('Duration of queries').description).toContain(
      'Lines: warning above 1 s, critical above 5 s ([PostgresQuerySlow](https://github.com/pg-otel/pg-otel/blob/main/docs/reference/runbooks.md#postgresqueryslow)).',
    );
  });

  it('of an override are described and not drawn', () => {
    const text = `${file}
overrides:
  - match: { service: reports }
    rules:
      PostgresQuerySlow: { levels: [{ severity: critical, over: 10s }] }
      PostgresPoolUtilization: off
`;
    expect(lines('Duration of queries', text)).toEqual(lines('Duration of queries'));
    expect(panel('Duration of queries', text).description).toContain(
      'Not drawn, for service reports: critical above 10 s (PostgresQuerySlow).',
    );
    expect(panel('Utilization', text).description).toContain('Not drawn, for service reports: no limit');
    // Operations above the limit are counted all the same.
    expect(panel('Queries over a limit', text).targets).toHaveLength(3);
    expect(compiled(text).notes).toEqual([
      expect.stringContaining('PostgresQuerySlow, PostgresPoolUtilization'),
    ]);
    expect(compiled().notes).toEqual([]);
  });

  it('without a backstop are not counted', () => {
    const text = file.replace('over: 1s }', 'over: 1500ms, backstop: false }');
    expect(panel('Queries over a limit', text).targets).toHaveLength(1);
    expect(lines('Duration of queries', text)).toContainEqual([1.5, 'orange']);
  });

  it('that are integers match buckets of Prometheus 2 and 3', () => {
    const [one] = panel('Queries over a limit').targets as unknown as { expr: string }[];
    expect(one?.expr).toContain('le=~"1(\\\\.0)?"');
  });

  it('that no rule has need no panel', () => {
    const text = file
      .replace(/ {2}PostgresQueryTarget:[\s\S]*?\n\n/, '')
      .replace(/ {2}PostgresPoolUnhealthy:[\s\S]*?\n\n/, '');
    expect(titlesOf(text)).not.toContain('Queries within 50 ms');
    expect(titlesOf(text)).not.toContain('Health');
  });
});

describe('links to traces', () => {
  const linkOf = (title: string, matches: (options: unknown) => boolean = () => true) => {
    const override = panel(title).fieldConfig?.overrides.find(({ matcher }) => matches(matcher.options));
    const [link] = (override?.properties[0]?.value ?? []) as { url: string }[];
    return link?.url ?? '';
  };
  /** Opens a data link as Grafana does (fieldOverrides.ts, getLinksSupplier): formats variables, then parses the URL. */
  function followed(url: string, values: Readonly<Record<string, string>>): URLSearchParams {
    const strictly = (text: string) =>
      text.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
    const href = url.replace(/\$\{([^}:]+)(?::(\w+))?\}/g, (_, name: string, format = 'uriencode') => {
      const value = values[name];
      if (value === undefined) throw new Error(`Nothing is called ${name}`);
      return strictly(format === 'percentencode' ? encodeURIComponent(value) : encodeURI(value));
    });
    expect(href).toMatch(/^\/d\/pg-otel-traces\?/);
    return new URL(href, 'http://grafana').searchParams;
  }
  /** The query of a panel of the traces dashboard, in which the data source inserts the variables unchanged. */
  function asked(title: string, variables: URLSearchParams): Record<string, string> {
    const [target] = panel(title).targets as unknown as Record<string, string>[];
    return Object.fromEntries(
      Object.entries(target ?? {}).map(([name, value]) => [
        name,
        String(value).replace(
          /\$\{(\w+)(?::raw)?\}/g,
          (_, variable) => variables.get(`var-${variable}`) ?? '',
        ),
      ]),
    );
  }
  const range = { __from: '1', __to: '2' };

  it.each([
    'SELECT orders',
    'SELECT "Order" "Line"',
    'SELECT a\\b "\\"',
    'SELECT 100%25 & more = ?#/+;',
    'SELECT }{ ${__from} $1 ]}',
    'SELECT "größe" 🐘 \u2028',
    'SELECT two\nlines',
    `SELECT it's (*) !`,
  ])('pass the summary %j to Jaeger and Tempo unchanged', (summary) => {
    const url = linkOf('Slowest statements', (options) => options === 'Statement');
    const service = `the "${summary}" service`;
    const variables = followed(url, {
      ...range,
      '__data.fields.Service': service,
      '__data.fields.Statement': summary,
    });
    expect(variables.get('from')).toBe('1');
    expect(asked('Traces in Jaeger', variables)).toMatchObject({
      queryType: 'search',
      service,
      operation: summary,
      minDuration: '',
    });
    // TraceQL reads a raw string as Go does: everything up to the next backtick.
    const { query } = asked('Traces in Tempo', variables);
    expect(query).toBe(`{ resource.service.name = \`${service}\` && name = \`${summary}\` }`);
  });

  it('search for traces longer than the limit of the panel', () => {
    const url = linkOf('Queries over a limit');
    const variables = followed(url, { ...range, '__field.labels.service_name': 'shop' });
    expect(asked('Traces in Jaeger', variables)).toMatchObject({ service: 'shop', minDuration: '1000ms' });
    expect(asked('Traces in Tempo', variables)).toMatchObject({
      query: '{ resource.service.name = `shop` && duration > 1000ms }',
    });
  });

  it('for a service search by the service only', () => {
    const variables = followed(linkOf('Queries per second'), {
      ...range,
      '__field.labels.service_name': 'shop',
    });
    expect(asked('Traces in Tempo', variables)).toMatchObject({
      query: '{ resource.service.name = `shop`  }',
    });
  });
});

describe('provisioning', () => {
  const read = (name: string) =>
    compiled().files.find(({ path: each }) => each === `grafana/provisioning/${name}/pg-otel.yaml`)
      ?.content ?? '';

  it('begins with a comment about its generation', () => {
    for (const name of ['dashboards', 'datasources']) {
      expect(read(name)).toMatch(/^# Generated from thresholds.yaml by `pg-otel alerts build`/);
    }
  });

  it('defines the data sources of the dashboards', () => {
    const { datasources } = parse(read('datasources')) as { datasources: Record<string, unknown>[] };
    expect(datasources.map(({ type, uid, url }) => [type, uid, url])).toEqual([
      ['prometheus', 'pg-otel-prometheus', '$PROMETHEUS_URL'],
      ['jaeger', 'pg-otel-jaeger', '$JAEGER_URL'],
      ['alertmanager', 'pg-otel-alertmanager', '$ALERTMANAGER_URL'],
    ]);
    expect(datasources.map(({ name }) => name)).toContain(
      (panel('Alerts at Alertmanager').options as { alertmanager: string }).alertmanager,
    );
  });

  it('loads the dashboards from one folder, read-only', () => {
    expect(parse(read('dashboards'))).toMatchObject({
      apiVersion: 1,
      providers: [{ type: 'file', allowUiUpdates: false, options: { path: '/etc/grafana/pg-otel' } }],
    });
  });
});

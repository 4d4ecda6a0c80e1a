/**
 * Each query of each dashboard is answered with data, by both Prometheus versions, while a real application with the
 * one line runs. Grafana itself is not started (no package of it can be had where these tests run): its variables are
 * replaced here, and what the panels would show is drawn to .cache/dashboards, to be looked at.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compile, parseThresholds } from '@pg-otel/alerts';
import { type Prometheus, pollUntil, repository } from '@pg-otel/testkit';
import {
  dashboardQueries,
  dashboards,
  withoutVariables,
} from '../../packages/alerts/test/dashboards.reference';
import { drawDashboard } from './dashboards/draw';
import { type Stage, startStage } from './dashboards/stage';
import { describeWith } from './stage';

const VERSIONS = ['3', '2'] as const;
const thresholds = path.join(repository, 'collector-config/thresholds.yaml');
const boards = dashboards(compile(parseThresholds(readFileSync(thresholds, 'utf8'), thresholds), 'single'));
const queries = dashboardQueries(boards);
const span = { window: '10s', shown: '30s' };
/** The first rounds of the slowest query, and a rate over them. */
const PATIENCE_MILLIS = 30_000;
/** So much of it is seen in the pictures. */
const PICTURED_MILLIS = 45_000;

describeWith(
  'collector',
  'prometheus-2',
  'prometheus-3',
)('the queries of the dashboards', () => {
  let stage: Stage;
  let startedAt: number;
  beforeAll(async () => {
    stage = await startStage(VERSIONS);
    startedAt = Date.now();
  });
  afterAll(() => stage?.stop());
  beforeEach(() => stage.check());

  describe.each(VERSIONS.map((version, index) => [version, index] as const))(
    'in Prometheus %s',
    (_, index) => {
      const prometheus = () => stage.prometheus[index] as Prometheus;

      it.each(queries.map((query) => [query.dashboard, query.panel, query.refId, query.expr] as const))(
        'bring data: %s, %s, %s',
        async (_dashboard, _panel, _refId, expr) => {
          const text = withoutVariables(expr, span);
          const found = await pollUntil(async () => {
            const samples = await prometheus().query(text);
            return samples.some(({ value }) => Number.isFinite(value)) && samples;
          }, PATIENCE_MILLIS);
          // A share of nothing is no number: a pool that had no request meanwhile.
          for (const { value } of found) if (!Number.isNaN(value)) expect(value).toBeGreaterThanOrEqual(0);
        },
        PATIENCE_MILLIS * 1.5,
      );

      it('count exactly what is over a limit: what took at most 1 s is not', async () => {
        const [over] = queries.filter(({ panel }) => panel === 'Queries over a limit');
        const [within] = queries.filter(({ panel }) => panel === 'Queries within 50 ms');
        const counts = await pollUntil(async () => {
          const samples = await Promise.all(
            [over?.expr ?? '', within?.expr ?? ''].map((expr) =>
              prometheus().query(withoutVariables(expr, span)),
            ),
          );
          return samples.every(([first]) => (first?.value ?? 0) > 0) && samples;
        }, PATIENCE_MILLIS);
        // At most the two loops that sleep: one each 1.5 s, one each 6.2 s.
        expect(counts[0]?.[0]?.value).toBeLessThan(60);
        expect(counts[1]?.[0]?.value).toBeLessThan(1);
      });
    },
  );

  it('make a picture of each dashboard', async () => {
    await sleep(startedAt + PICTURED_MILLIS - Date.now());
    const folder = path.join(repository, '.cache', 'dashboards');
    mkdirSync(folder, { recursive: true });
    for (const board of boards) {
      const svg = await drawDashboard(board, stage.prometheus[0] as Prometheus, span);
      writeFileSync(path.join(folder, `${board.uid}.svg`), svg);
      expect(svg).toContain('</svg>');
    }
  });
});

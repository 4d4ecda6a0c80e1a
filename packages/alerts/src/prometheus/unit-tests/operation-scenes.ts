import { failureOf } from '../../rules/failures';
import { HISTOGRAMS, type Histogram, histogramsOf } from '../../rules/histograms';
import type { FailedLevel, FailedRule, Match, SlowLevel, SlowRule } from '../../rules/rule';
import { histogramMetric } from '../metrics';
import { countingSlow } from '../operations';
import { duration } from '../promql';
import { BORN, FIRST_SECONDS, HISTORIES, NEWS_SECONDS } from './counter-histories';
import type { Scene } from './scene';
import { seriesLabels, subjectOf } from './subject';
import { type InputSeries, type Labels, series } from './unit-test';

const OLD_SECONDS = NEWS_SECONDS + 70;

/** The labels that series of a histogram have. */
function ofHistogram({ hasPool, hasSummary }: Histogram, subject: Labels): Labels {
  return Object.fromEntries(
    Object.entries(subject).filter(
      ([label]) => (hasPool || label !== 'pool') && (hasSummary || label !== 'db_query_summary'),
    ),
  );
}

/** A histogram of operations that all took at most `edge`, and more than the edge below it. */
function histogramSeries(
  { name, edges }: Histogram,
  labels: Labels,
  edge: number,
  values: { readonly counted: string; readonly none: string },
  edgeText: (edge: number) => string = String,
): InputSeries[] {
  const metric = histogramMetric(name);
  return [
    ...edges.map((each) =>
      series(
        `${metric}_bucket`,
        { ...labels, le: edgeText(each) },
        each >= edge ? values.counted : values.none,
      ),
    ),
    series(`${metric}_bucket`, { ...labels, le: '+Inf' }, values.counted),
    series(`${metric}_count`, labels, values.counted),
  ];
}

/** A history, and zero as long as the history is there. */
function withNone(counted: string): { readonly counted: string; readonly none: string } {
  return { counted, none: counted.replace(/(?<=^| )\d+(?=x)/g, '0') };
}

export function nextEdge({ edges }: Histogram, edge: number): number {
  return edges.find((each) => each > edge) ?? Number.POSITIVE_INFINITY;
}

export function slowScenes(rule: SlowRule, match: Match, levels: readonly SlowLevel[]): Scene[] {
  const isEverybodys = Object.keys(match).length === 0;
  const limits = limitsOf(rule);
  return countingSlow(rule).flatMap((histogram) =>
    limits.flatMap((limit, index) => {
      const isExample = index === 0 && isEverybodys;
      const subject = ofHistogram(histogram, subjectOf(rule, match));
      const firing = (edge: number, value: number) =>
        levels
          .filter(({ hasBackstop, overSeconds }) => hasBackstop && overSeconds < edge)
          .map((level) => ({ level, subject, value }));
      const scene = (name: string, edge: number, valuesOf: (by: number) => string, grows = true): Scene => ({
        name,
        series: histogramSeries(histogram, seriesLabels(subject), edge, withNone(valuesOf(1))),
        moments: [
          ...(isExample ? FIRST_SECONDS.map((seconds) => ({ seconds, firing: [] })) : []),
          { seconds: NEWS_SECONDS, firing: grows ? firing(edge, 1) : [] },
          ...(isExample ? [{ seconds: OLD_SECONDS, firing: [] }] : []),
        ],
      });
      const over = nextEdge(histogram, limit);
      const after = duration(limit);
      const at = `${histogram.name} at its limit of ${after}`;
      const above = `${histogram.name} over ${after}`;
      return [
        scene(at, limit, BORN.valuesOf),
        ...(isExample ? HISTORIES : [BORN]).map(({ name, valuesOf, grows }) =>
          scene(`${above}: ${name}`, over, valuesOf, grows),
        ),
        ...(isExample ? [twoInstances(above, over), otherSpelling(above, over)] : []),
      ];

      function twoInstances(name: string, edge: number): Scene {
        return {
          name: `${name}: one process of two`,
          series: ['a', 'b'].flatMap((instance) =>
            histogramSeries(
              histogram,
              seriesLabels(subject, instance),
              instance === 'a' ? 0 : edge,
              withNone(BORN.valuesOf(instance === 'a' ? 3 : 2)),
            ),
          ),
          moments: [{ seconds: NEWS_SECONDS, firing: firing(edge, 2) }],
        };
      }
      function otherSpelling(name: string, edge: number): Scene {
        const spelled = (each: number) => (Number.isInteger(each) ? `${each}.0` : `${each}`);
        const labels = seriesLabels(subject);
        return {
          name: `${name}: edges as Prometheus 3 writes them`,
          series: histogramSeries(histogram, labels, edge, withNone(BORN.valuesOf(1)), spelled),
          moments: [{ seconds: NEWS_SECONDS, firing: firing(edge, 1) }],
        };
      }
    }),
  );
}

function limitsOf(rule: SlowRule): number[] {
  const levels = rule.variants.flatMap((variant) => variant.levels);
  return [...new Set(levels.filter(({ hasBackstop }) => hasBackstop).map(({ overSeconds }) => overSeconds))];
}

const ERROR_TYPES = ['ECONNREFUSED', '28P01', 'timeout', '53300', 'XX000'] as const;

export function failedScenes(rule: FailedRule, match: Match, levels: readonly FailedLevel[]): Scene[] {
  return histogramsOf(rule.operations).flatMap((histogram) =>
    ERROR_TYPES.flatMap((errorType, index) => {
      const subject: Labels = { ...subjectOf(rule, match), failure: failureOf(errorType) };
      const { failure, ...own } = subject;
      const failing = levels.filter(({ failures }) => failures.some((each) => each === failure));
      const isExample = index === 0 && Object.keys(match).length === 0;
      const quiet = (seconds: number) => ({ seconds, firing: [] });
      const scene = (
        name: string,
        values: string,
        firing: readonly FailedLevel[],
        [value, others]: readonly [number, readonly InputSeries[]],
      ): Scene => ({
        name: `${histogram.name} fails with ${errorType}: ${name}`,
        series: [
          series(
            `${histogramMetric(histogram.name)}_count`,
            { ...seriesLabels(own), error_type: errorType },
            values,
          ),
          ...others,
        ],
        moments: [
          ...(isExample ? FIRST_SECONDS.map(quiet) : []),
          { seconds: NEWS_SECONDS, firing: firing.map((level) => ({ level, subject, value })) },
          ...(isExample ? [quiet(OLD_SECONDS)] : []),
        ],
      });
      const successes = series(
        `${histogramMetric(HISTOGRAMS.query.name)}_count`,
        seriesLabels(ofHistogram(HISTOGRAMS.query, own), 'b'),
        '0+1x200',
      );
      const handedOut = series(
        `${histogramMetric(HISTOGRAMS.acquire.name)}_count`,
        seriesLabels(ofHistogram(HISTOGRAMS.acquire, own), 'b'),
        '0+1x200',
      );
      return [
        ...(isExample ? HISTORIES : [BORN]).map(({ name, valuesOf, grows }) =>
          scene(`nothing else succeeds, ${name}`, valuesOf(1), grows ? failing : [], [1, []]),
        ),
        ...(isExample
          ? [scene('while idle connections are handed out', BORN.valuesOf(1), failing, [1, [handedOut]])]
          : []),
        ...[...new Set(failing.map(({ atLeast }) => atLeast))].flatMap((least) =>
          [least - 1, least]
            .filter((count) => count > 0)
            .map((count) =>
              scene(
                `${count} while queries succeed`,
                BORN.valuesOf(count),
                failing.filter(({ atLeast }) => count >= atLeast),
                [count, [successes]],
              ),
            ),
        ),
      ];
    }),
  );
}

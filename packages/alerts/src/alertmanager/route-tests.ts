import { type Level, SEVERITIES, type Thresholds } from '../rules/rule';

/** For `amtool config routes test --config.file=alertmanager.yaml --verify.receivers=<receiver> <labels…>`. */
export interface RouteTest {
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: string;
}

/** Where each level's alerts go, whoever tells them, and what names no rule of ours. */
export function routeTests({ rules, notify }: Thresholds): RouteTest[] {
  const tests: RouteTest[] = [
    { labels: { alertname: 'SomebodyElses' }, receiver: notify.warning },
    ...SEVERITIES.map((severity) => ({
      labels: { alertname: 'SomebodyElses', severity },
      receiver: notify[severity],
    })),
    ...rules.flatMap((rule) =>
      rule.variants
        .flatMap(({ levels }) => levels as readonly Level[])
        .flatMap(({ severity, receiver }) =>
          ['logs', 'metrics'].map((signal) => ({
            labels: {
              alertname: rule.name,
              severity,
              signal,
              ...(receiver === undefined ? {} : { receiver }),
            },
            receiver: receiver ?? notify[severity],
          })),
        ),
    ),
  ];
  return [...new Map(tests.map((test) => [JSON.stringify(test), test])).values()];
}

/** Times that depend on each other, in seconds. `times.test.ts` checks the dependencies. */
export const TIMES = {
  /** The interval at which the instrumentation repeats the event of an operation that still runs or a connection that is still held. */
  repeatEvent: 60,
  /**
   * How long an alert from a log event lasts after the last event: two repeated events may be lost. No event marks
   * the end of a condition, so an alert resolves when its event is no longer repeated.
   */
  holdAlert: 180,
  /**
   * The window of the Prometheus rules for slow and failed operations. The instrumentation counts failures over the same
   * window. Shorter than `holdAlert`, so that the alert from the log event inhibits these rules until they resolve.
   */
  lookBack: 60,
  /** The window of the rules on the collector and the bridge. */
  pipelineWindow: 300,
  /** Collector and evaluator drop a metric that is not reported for this long, at least three export intervals. */
  metricExpires: 60,
  /** A service that is missing for this long counts as removed. */
  serviceForgotten: 3600,
  /** The counter of a process that reappears within this time does not count as new in Prometheus. */
  counterRemembered: 3600,
  /** Within this time, a new Prometheus has found its targets and each process has exported once. */
  settle: 60,
  /** The evaluation interval of the rules in Prometheus. With export (10 s), scrape and `for` (20 s), an exhausted pool alerts within a minute. */
  evaluate: 5,
  scrape: 10,
  /** Shorter than `scrape`: the collector serves the metrics from memory, so frequent scrapes cost little. */
  scrapeApplications: 5,
  /** The bridge answers within this time. */
  bridgeAnswers: 25,
  /** The collector's timeout. Longer than `bridgeAnswers`, otherwise the collector would send alerts twice. */
  collectorWaits: 30,
} as const;

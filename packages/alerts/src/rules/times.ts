/** Times that depend on each other, in seconds. `times.test.ts` holds them to the reasons given here. */
export const TIMES = {
  /** The instrumentation repeats the event of an operation that is still slow, or a connection that is still held. */
  repeatEvent: 60,
  /**
   * An alert from a log event lasts this long after the last event: two repeats may be lost. There is no event for
   * the end, so an alert resolves when nothing is repeated.
   */
  holdAlert: 180,
  /**
   * Prometheus' rules for slow and failed operations look back this far, as far as the instrumentation counts failures.
   * They resolve before `holdAlert` is over, so that the alert from the event always inhibits them.
   */
  lookBack: 60,
  /** Window of the rules about the collector and the bridge. */
  pipelineWindow: 300,
  /** A metric that was not reported for this long is gone, in the collector and the evaluator: at least three exports. */
  metricExpires: 60,
  /** A missing service is forgotten after this time: it was removed. */
  serviceForgotten: 3600,
  /** Prometheus remembers a counter this long when it is gone: a collector that restarts did not count anything new. */
  counterRemembered: 3600,
  /** A new Prometheus finds all its targets, and each process exports once, within this time. */
  settle: 60,
  /** Prometheus evaluates the rules this often. With export (10 s), scrape and `for` (20 s), an exhausted pool alerts within a minute. */
  evaluate: 5,
  scrape: 10,
  /** The collector's endpoint is in memory, so scraping it often costs little. */
  scrapeApplications: 5,
  /** The bridge answers within this time. */
  bridgeAnswers: 25,
  /** The collector waits longer than the bridge takes, otherwise it sends alerts twice. */
  collectorWaits: 30,
} as const;

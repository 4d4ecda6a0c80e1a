import { TIMES } from './times';

const { repeatEvent, holdAlert, lookBack, metricExpires, serviceForgotten, bridgeAnswers, collectorWaits } =
  TIMES;

describe('the times of the alert pipeline', () => {
  it('an alert from an event lasts when two repeats of the event are lost', () => {
    expect(holdAlert).toBeGreaterThanOrEqual(3 * repeatEvent);
  });

  it('the backstop in Prometheus resolves before the alert from the event, which inhibits it', () => {
    // The last repeat is emitted up to `repeatEvent` before the operation ends and is counted.
    expect(lookBack + repeatEvent).toBeLessThan(holdAlert);
  });

  it('a service is missing before it is forgotten', () => {
    expect(metricExpires).toBeLessThan(serviceForgotten);
  });

  it('the collector waits for the answer of the bridge', () => {
    expect(collectorWaits).toBeGreaterThan(bridgeAnswers);
  });
});

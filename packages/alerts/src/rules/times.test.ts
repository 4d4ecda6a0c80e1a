import { TIMES } from './times';

const { repeatEvent, holdAlert, lookBack, metricExpires, serviceForgotten, bridgeAnswers, collectorWaits } =
  TIMES;

describe('the times of the alert pipeline', () => {
  it('an alert from an event continues if two repeated events are lost', () => {
    expect(holdAlert).toBeGreaterThanOrEqual(3 * repeatEvent);
  });

  it('the backstop in Prometheus resolves before the alert from the event that inhibits it', () => {
    // The operation ends and is counted up to `repeatEvent` after the last repeated event.
    expect(lookBack + repeatEvent).toBeLessThan(holdAlert);
  });

  it('a service is missing before it is forgotten', () => {
    expect(metricExpires).toBeLessThan(serviceForgotten);
  });

  it('the collector waits longer than the bridge takes to answer', () => {
    expect(collectorWaits).toBeGreaterThan(bridgeAnswers);
  });
});

import { race } from './diagnosis-races';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
beforeAll(async () => {
  shop = await startInstrumented({ maxConnections: 200 });
  shop.configure({ slowAfter: [0.1] });
});
afterAll(() => shop.stop());

it('a thousand queries that end at random get no answer after their end, and none about another query', async () => {
  const { answers, reasons, late, wrong } = await race(shop, 1000, 8);
  expect({ late, wrong }).toEqual({ late: [], wrong: [] });
  expect(answers).toBeGreaterThan(10);
  expect(reasons).toBeGreaterThan(50);
}, 600_000);

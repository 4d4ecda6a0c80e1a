import type { Installation } from '@pg-otel/testkit';
import { expectedSpans, withoutTheRequest } from './expected';
import { ask, BARE, neon, ofFunction, ofModule, postgres, spansOf, start } from './stage';
import type { Worker } from './workerd';

const overHttp = ['template', 'query', 'transaction', 'failing', 'never-awaited', 'twice', 'down'];
const all = [...overHttp, 'pool', 'pool-down'];

let bare: Worker;
beforeAll(async () => {
  bare = await start('otel-2', BARE);
});

/** The driver returns the same results and sends the same requests as uninstrumented. */
async function behavesAsBare(worker: Worker, of: string) {
  const before = await neon.stats();
  const answer = await ask(worker, of);
  const between = await neon.stats();
  const bareAnswer = await ask(bare, of);
  const after = await neon.stats();
  expect(answer.result).toEqual(bareAnswer.result);
  expect(between.statements - before.statements).toBe(after.statements - between.statements);
  expect(between.connections - before.connections).toBe(after.connections - between.connections);
  return answer;
}

describe.each<Installation>(['otel-2', 'otel-3'])('in workerd, on %s', (installation) => {
  const variants = {
    'as it is': {},
    minified: { isMinified: true },
    'with Node compatibility': { compatibilityFlags: ['nodejs_compat'] },
    'of a date on which there was no WeakRef': { compatibilityDate: '2024-09-01' },
  };
  describe.each(Object.entries(variants))('instrument(module), %s', (_, options) => {
    let worker: Worker;
    beforeAll(async () => {
      worker = await start(installation, ofModule(installation, "{ acquireSpans: 'always' }"), options);
    });

    it.each(all)('%s: the result is the driver’s, and the spans say all of it', async (of) => {
      const answer = await behavesAsBare(worker, of);
      expect(spansOf(answer)).toEqual(expectedSpans(postgres)[of]);
    });

    it('writes nothing', () => {
      expect(worker.output()).toBe('');
    });
  });

  describe('instrument(neon(url))', () => {
    let worker: Worker;
    beforeAll(async () => {
      worker = await start(installation, ofFunction(installation));
    });

    it.each(overHttp)('%s: the spans do not say where it went, nor of the request', async (of) => {
      const answer = await behavesAsBare(worker, of);
      expect(spansOf(answer)).toEqual(withoutTheRequest(expectedSpans(postgres)[of]));
    });

    it('writes nothing', () => {
      expect(worker.output()).toBe('');
    });
  });
});

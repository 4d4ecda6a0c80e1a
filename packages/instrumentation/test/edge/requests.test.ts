import type { Installation } from '@pg-otel/testkit';
import { expectedSpans } from './expected';
import { allSpans, ask, BARE, neon, ofModule, postgres, spansOf, start } from './stage';
import type { Worker } from './workerd';

const ALWAYS = "{ acquireSpans: 'always' }";

/** In workerd, what belongs to one request must not be used from another. */
describe.each<Installation>(['otel-2', 'otel-3'])(
  'several requests in one isolate, on %s',
  (installation) => {
    it('at the same time get their own answers and spans', async () => {
      const [worker, bare] = [
        await start(installation, ofModule(installation, ALWAYS)),
        await start(installation, BARE),
      ];
      const mix = Array.from({ length: 10 }, () => ['template', 'pool', 'failing', 'transaction']).flat();
      const [answers, bareAnswers] = await Promise.all(
        [worker, bare].map((one) => Promise.all(mix.map((of) => ask(one, of)))),
      );
      expect(answers?.map(({ result }) => result)).toEqual(bareAnswers?.map(({ result }) => result));
      const expected = expectedSpans(postgres);
      const names = (answers ?? []).flatMap(allSpans).map(({ name }) => name.replace(/#\d+$/, ''));
      const expectedNames = mix.flatMap((of) => expected[of] ?? []).map(({ name }) => name);
      expect(names.sort()).toEqual(expectedNames.sort());
      expect(complaints(worker)).toEqual([]);
    });

    it.each(['endless', 'endless-pool'])(
      'one that is cancelled (%s) leaves the next ones as they are',
      async (of) => {
        const worker = await start(installation, ofModule(installation, ALWAYS));
        const gone = new AbortController();
        const before = await neon.stats();
        const cancelled = fetch(`${worker.url}/${of}`, { signal: gone.signal }).catch(({ name }) => name);
        await arrived(before.statements + before.connections);
        gone.abort();
        expect(await cancelled).toBe('AbortError');

        for (const next of ['template', 'pool']) {
          const answer = await ask(worker, next);
          expect(
            spansOf(answer)
              .filter(({ name }) => !/#/.test(name))
              .at(-1),
          ).toEqual(expectedSpans(postgres)[next]?.at(-1));
        }
        expect(complaints(worker)).toEqual([]);
      },
    );
  },
);

/** Other than that pools of several requests are numbered. */
function complaints(worker: Worker): string[] {
  const lines = worker.output().split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('[PG_OTEL_POOL_NAME]'));
}

/** The endpoint has more of it than before. */
async function arrived(before: number): Promise<void> {
  const { statements, connections } = await neon.stats();
  if (statements + connections > before) return;
  await new Promise((resolve) => setTimeout(resolve, 10));
  await arrived(before);
}

import { startApplication } from './harness/application';
import { expectQueriesAlone, visitNotes } from './harness/notes';

it.each([
  ['esbuild, CommonJS', 'Start'],
  ['esbuild, ESM', 'Start ESM'],
  ['Rollup', 'Start'],
  ['webpack', 'Start'],
])('an application bundled by %s has spans, metrics and events of each query', async (bundler, start) => {
  const prepare = ['Install', bundler, 'Deploy'];
  const application = await startApplication({ application: 'bundle', guide: 'bundlers', prepare, start });
  expectQueriesAlone(await visitNotes(application));
});

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import { followPatches } from './patches';

/** Wraps the callback of each query, as the instrumentation of mysql does. */
class OfALibrary extends InstrumentationBase {
  constructor() {
    super('a-library', '1.0.0', {});
  }
  protected override init() {
    return new InstrumentationNodeModuleDefinition('a-library', ['*']);
  }
  query(...args: { callback: () => void }[]): void {
    const [call] = args;
    if (call !== undefined) this._wrap(call, 'callback', (callback) => callback);
  }
}

it('does not keep the calls alive that the instrumentation of a library wraps', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const library = new OfALibrary();
  followPatches(library);
  const call = (() => {
    const wrapped = { callback: () => {} };
    library.query(wrapped);
    return new WeakRef(wrapped);
  })();
  await setImmediate();
  collect();
  expect(call.deref()).toBeUndefined();
});

import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import { disableOnDuplicate, silenceAll, tracerRequested } from './duplicates';
import { followPatches } from './patches';

const wrapped = ['covered', 'outermost'] as const;
type Target = Record<(typeof wrapped)[number], () => string>;

/** An instrumentation of a module that may be loaded already. */
class Sample extends InstrumentationBase {
  readonly #target: Target | undefined;
  constructor(name: string, isPatched: boolean, target?: Target) {
    super(name, '1.0.0', {});
    this.#target = target;
    const { _modules: modules } = this as unknown as { _modules: { moduleExports?: object }[] };
    if (isPatched) for (const module of modules) module.moduleExports = {};
  }
  protected override init() {
    const unpatch = () => {
      for (const name of wrapped) if (this.#target !== undefined) this._unwrap(this.#target, name);
    };
    return new InstrumentationNodeModuleDefinition('a-module', ['*'], (module) => module, unpatch);
  }
  patch(): void {
    for (const name of wrapped) {
      if (this.#target === undefined) continue;
      this._wrap(this.#target, name, (original) => () => `${this.instrumentationName}, ${original()}`);
    }
  }
  get isRecording(): boolean {
    return this.tracer.startSpan('span').isRecording();
  }
}

/** A provider like that of an SDK. */
const recordingProvider = { getTracer: () => ({ startSpan: () => ({ isRecording: () => true }) }) } as never;

function started(name: string, isPatched: boolean): Sample {
  const sample = new Sample(name, isPatched);
  disableOnDuplicate([sample]);
  sample.setTracerProvider(recordingProvider);
  return sample;
}

it('disables an instrumentation when the application constructs its own', () => {
  const ours = started('http', false);
  const other = started('express', false);
  tracerRequested('http');
  expect([ours.isEnabled(), other.isEnabled()]).toEqual([false, true]);
});

it('keeps an instrumentation that has patched a library, because that of the application cannot', () => {
  const ours = started('http', true);
  tracerRequested('http');
  silenceAll();
  expect([ours.isEnabled(), ours.isRecording]).toEqual([true, true]);
});

it('silences and disables all others when the application registers an SDK', () => {
  const patched = started('http', true);
  const unpatched = started('express', false);
  silenceAll();
  expect([patched, unpatched].map((one) => [one.isEnabled(), one.isRecording])).toEqual([
    [false, false],
    [false, false],
  ]);
});

it('removes its own wrappers and none of the application', () => {
  const target = { covered: () => 'original', outermost: () => 'original' };
  const original = target.outermost;
  const ours = new Sample('http', true, target);
  followPatches(ours);
  ours.patch();
  disableOnDuplicate([ours]);
  // Wraps as shimmer does.
  const below = target.covered;
  const covered = Object.assign(() => `application, ${below()}`, {
    __unwrap: () => (target.covered = below),
  });
  target.covered = covered;
  silenceAll();
  expect(target.outermost).toBe(original);
  expect(target.covered).toBe(covered);
  expect(target.covered()).toBe('application, http, original');
});

it('keeps instrumentations when a tracer of another scope is requested', () => {
  const ours = started('http', false);
  tracerRequested('orders');
  expect(ours.isEnabled()).toBe(true);
});

import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import { giveWay, scopeRequested, standDown } from './stand-down';

/** An instrumentation of a module, which may have been loaded already. */
class Sample extends InstrumentationBase {
  constructor(name: string, isPatched: boolean) {
    super(name, '1.0.0', {});
    const { _modules: modules } = this as unknown as { _modules: { moduleExports?: object }[] };
    if (isPatched) for (const module of modules) module.moduleExports = {};
  }
  protected override init() {
    return new InstrumentationNodeModuleDefinition('a-module', ['*']);
  }
  get isRecording(): boolean {
    return this.tracer.startSpan('span').isRecording();
  }
}

/** What an SDK's provider gives. */
const recordingProvider = { getTracer: () => ({ startSpan: () => ({ isRecording: () => true }) }) } as never;

function started(name: string, isPatched: boolean): Sample {
  const sample = new Sample(name, isPatched);
  giveWay([sample]);
  sample.setTracerProvider(recordingProvider);
  return sample;
}

it('disables an instrumentation when the application constructs its own', () => {
  const ours = started('http', false);
  const other = started('express', false);
  scopeRequested('http');
  expect([ours.isEnabled(), other.isEnabled()]).toEqual([false, true]);
});

it('keeps one that has patched a library: the own one of the application cannot', () => {
  const ours = started('http', true);
  scopeRequested('http');
  standDown();
  expect([ours.isEnabled(), ours.isRecording]).toEqual([true, true]);
});

it('silences all others when the application registers an SDK, without unpatching what others may have patched', () => {
  const patched = started('http', true);
  const unpatched = started('express', false);
  standDown();
  expect([patched.isEnabled(), patched.isRecording]).toEqual([true, false]);
  expect(unpatched.isEnabled()).toBe(false);
});

it('leaves the scopes of others alone', () => {
  const ours = started('http', false);
  scopeRequested('orders');
  expect(ours.isEnabled()).toBe(true);
});

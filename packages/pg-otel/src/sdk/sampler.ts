import type { tracing } from '@opentelemetry/sdk-node';
import { numberOf, wordOf } from '../settings/settings';
import { tracePackage } from './require-sdk';

type SamplerName = NonNullable<ReturnType<typeof wordOf<'OTEL_TRACES_SAMPLER'>>>;

const create: Record<SamplerName, () => tracing.Sampler> = {
  always_on: () => new (tracePackage().AlwaysOnSampler)(),
  always_off: () => new (tracePackage().AlwaysOffSampler)(),
  traceidratio: () => new (tracePackage().TraceIdRatioBasedSampler)(numberOf('OTEL_TRACES_SAMPLER_ARG')),
  parentbased_always_on: () => parentBased(create.always_on()),
  parentbased_always_off: () => parentBased(create.always_off()),
  parentbased_traceidratio: () => parentBased(create.traceidratio()),
};

const parentBased = (root: tracing.Sampler) => new (tracePackage().ParentBasedSampler)({ root });

/** The sampler of `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`. */
export function createSampler(): tracing.Sampler {
  return create[wordOf('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on']();
}

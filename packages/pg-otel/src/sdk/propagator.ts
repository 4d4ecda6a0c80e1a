import type { TextMapPropagator } from '@opentelemetry/api';
import { variable } from '../environment';
import { PROPAGATORS } from '../settings/settings';
import { isPartOfSdk, requireSdk } from './require-sdk';

type PropagatorName = NonNullable<typeof PROPAGATORS.fallback>[number];

const create: Record<PropagatorName, () => TextMapPropagator> = {
  tracecontext: () => new (requireSdk('@opentelemetry/core').W3CTraceContextPropagator)(),
  baggage: () => new (requireSdk('@opentelemetry/core').W3CBaggagePropagator)(),
  b3: () => new (requireSdk('@opentelemetry/propagator-b3').B3Propagator)(),
  b3multi: () => {
    const { B3InjectEncoding, B3Propagator } = requireSdk('@opentelemetry/propagator-b3');
    return new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER });
  },
  jaeger: () => new (requireSdk('@opentelemetry/propagator-jaeger').JaegerPropagator)(),
};

/** The propagator of `OTEL_PROPAGATORS`: W3C trace context and baggage when it is unset; undefined when it names none. */
export function createPropagator(): TextMapPropagator | undefined {
  const written = variable('OTEL_PROPAGATORS');
  const names = written === undefined ? (['tracecontext', 'baggage'] as const) : PROPAGATORS.read(written);
  const propagators = (names ?? []).flatMap(createIfPresent);
  if (propagators.length < 2) return propagators[0];
  const { CompositePropagator } = requireSdk('@opentelemetry/core');
  return new CompositePropagator({ propagators });
}

/** Jaeger's is not part of OpenTelemetry JS 3.x. `checkPropagators` warns of it. */
function createIfPresent(name: PropagatorName): TextMapPropagator[] {
  if (name === 'jaeger' && !isPartOfSdk('@opentelemetry/propagator-jaeger')) return [];
  return [create[name]()];
}

import { randomUUID } from 'node:crypto';
import type { Attributes } from '@opentelemetry/api';
import type { resources } from '@opentelemetry/sdk-node';
import { listOf } from '../settings/settings';
import { requireSdk } from './require-sdk';

/** The words of `OTEL_NODE_RESOURCE_DETECTORS` and the detectors they select. */
const detectorNames = {
  env: 'envDetector',
  host: 'hostDetector',
  os: 'osDetector',
  process: 'processDetector',
  serviceinstance: 'serviceInstanceIdDetector',
} as const;
type DetectorWord = keyof typeof detectorNames;

/** In order of precedence: of two detectors that set the same attribute, the later one wins. */
const byPrecedence: readonly DetectorWord[] = ['serviceinstance', 'process', 'host', 'os', 'env'];

/**
 * The resource of all telemetry of this thread, with a random `service.instance.id`. Without that, two processes of one
 * service overwrite each other's series. OpenTelemetry JS 2.x sets none, and neither major version sets one when
 * `OTEL_NODE_RESOURCE_DETECTORS` leaves it out.
 */
export function baseResource(): resources.Resource {
  const { defaultResource, resourceFromAttributes } = requireSdk('@opentelemetry/resources');
  return defaultResource().merge(resourceFromAttributes({ 'service.instance.id': randomUUID() }));
}

/** The detectors whose attributes are added to it. `attributes` take precedence over all, the environment over the others. */
export function resourceDetectors(attributes: Attributes): resources.ResourceDetector[] {
  const available = requireSdk('@opentelemetry/resources');
  return [
    ...chosenDetectors().map((word) => withoutArguments(available[detectorNames[word]])),
    { detect: () => ({ attributes }) },
  ];
}

/**
 * Arguments may be connection strings: `process.command_args` "SHOULD NOT be collected by default unless there is
 * sanitization that excludes sensitive data" (semconv, process attributes), and the SDK's detector collects it.
 */
const withoutArguments = (detector: resources.ResourceDetector): resources.ResourceDetector => ({
  detect(config) {
    const { attributes, ...rest } = detector.detect(config);
    const { 'process.command_args': _, ...others } = attributes ?? {};
    return { attributes: others, ...rest };
  },
});

function chosenDetectors(): readonly DetectorWord[] {
  const written = listOf('OTEL_NODE_RESOURCE_DETECTORS');
  return byPrecedence.filter((word) => written.includes('all') || written.includes(word));
}

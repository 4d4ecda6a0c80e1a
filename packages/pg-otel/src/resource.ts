import { randomUUID } from 'node:crypto';
import type { Attributes } from '@opentelemetry/api';
import type { resources } from '@opentelemetry/sdk-node';
import { requireSdk } from './sdk';
import { listOf } from './settings/settings';

/** The words of `OTEL_NODE_RESOURCE_DETECTORS`, and the detectors they stand for. */
const detectorNames = {
  env: 'envDetector',
  host: 'hostDetector',
  os: 'osDetector',
  process: 'processDetector',
  serviceinstance: 'serviceInstanceIdDetector',
} as const;
type DetectorWord = keyof typeof detectorNames;

/** In order of weight: of two that tell the same attribute the later is believed. */
const byWeight: readonly DetectorWord[] = ['serviceinstance', 'process', 'host', 'os', 'env'];

/**
 * The resource every telemetry of this thread carries. Without a `service.instance.id` of its own, two processes of
 * one service overwrite each other's series: the 2.x line sets none, and on neither is it there when
 * `OTEL_NODE_RESOURCE_DETECTORS` leaves it out.
 */
export function baseResource(): resources.Resource {
  const { defaultResource, resourceFromAttributes } = requireSdk('@opentelemetry/resources');
  return defaultResource().merge(resourceFromAttributes({ 'service.instance.id': randomUUID() }));
}

/** What is detected on top of it; `attributes` outweigh everything, the environment outweighs the rest. */
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
  return byWeight.filter((word) => written.includes('all') || written.includes(word));
}

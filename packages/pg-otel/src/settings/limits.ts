import type { Setting } from './kinds';
import { SETTINGS, type SPAN_LIMITS } from './settings';

/** A limit, and the variables it is read from: the first that is set decides. */
type Variables = Readonly<Record<string, readonly string[]>>;

const ofSpans = {
  attributeCountLimit: ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  attributeValueLengthLimit: ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
  eventCountLimit: ['OTEL_SPAN_EVENT_COUNT_LIMIT'],
  linkCountLimit: ['OTEL_SPAN_LINK_COUNT_LIMIT'],
  attributePerEventCountLimit: [
    'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
    'OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT',
  ],
  attributePerLinkCountLimit: ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 'OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT'],
} as const satisfies Record<string, readonly (keyof typeof SPAN_LIMITS)[]>;

const ofLogRecords = {
  attributeCountLimit: ['OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  attributeValueLengthLimit: [
    'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  ],
} as const satisfies Variables;

/**
 * The limits of spans that the environment sets. A value that is not accepted is replaced by the default: NodeSDK takes
 * any number, and with one below 0 spans lose all of their attributes.
 */
export function spanLimits(): Record<string, number> {
  return limits(ofSpans, (value) => value >= 0);
}

/** The limits of log records that the environment sets. As for NodeSDK, 0 is none. */
export function logRecordLimits(): Record<string, number> {
  return limits(ofLogRecords, (value) => value > 0);
}

function limits(variables: Variables, isLimit: (value: number) => boolean): Record<string, number> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([limit, names]) => {
      const name = names.find((each) => (process.env[each]?.trim() ?? '') !== '');
      if (name === undefined) return [];
      const { read, fallback } = SETTINGS[name] as Setting<number>;
      const value = read(process.env[name] as string) ?? fallback;
      return value !== undefined && isLimit(value) ? [[limit, value]] : [];
    }),
  );
}

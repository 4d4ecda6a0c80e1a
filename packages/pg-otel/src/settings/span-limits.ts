import type { Setting } from './kinds';
import { SPAN_LIMITS } from './settings';

type LimitName = keyof typeof SPAN_LIMITS;

/** A limit of spans, and the variables it is read from: the first that is set decides. */
const variables: Record<string, readonly LimitName[]> = {
  attributeCountLimit: ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  attributeValueLengthLimit: ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
  eventCountLimit: ['OTEL_SPAN_EVENT_COUNT_LIMIT'],
  linkCountLimit: ['OTEL_SPAN_LINK_COUNT_LIMIT'],
  attributePerEventCountLimit: ['OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT'],
  attributePerLinkCountLimit: ['OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT'],
};

/**
 * The default of each limit whose variable is not accepted; NodeSDK reads all others for itself. It takes any number,
 * and with one below 0 spans lose all of their attributes.
 */
export function correctedSpanLimits(): Record<string, number> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([limit, names]) => {
      const name = names.find((each) => (process.env[each]?.trim() ?? '') !== '');
      if (name === undefined) return [];
      const { refused, fallback }: Setting<number> = SPAN_LIMITS[name];
      return refused(process.env[name] as string).length === 0 ? [] : [[limit, fallback as number]];
    }),
  );
}

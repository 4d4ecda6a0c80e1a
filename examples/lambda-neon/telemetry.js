const { SpanKind, SpanStatusCode, trace } = require('@opentelemetry/api');
const { start } = require('pg-otel');

// Before the driver is loaded: the handler requires this file first.
const otel = start();
const tracer = trace.getTracer('links');
let isColdStart = true;

/** Returns a handler with a span for each invocation, whose telemetry is exported before Lambda freezes the process. */
exports.traced = (handler) => (event, context) => {
  const attributes = {
    'faas.coldstart': isColdStart,
    'faas.invocation_id': context.awsRequestId,
    'http.request.method': event.requestContext.http.method,
    'http.route': event.routeKey.split(' ')[1],
  };
  isColdStart = false;
  return tracer.startActiveSpan(event.routeKey, { kind: SpanKind.SERVER, attributes }, async (span) => {
    try {
      const response = await handler(event, context);
      span.setAttribute('http.response.status_code', response.statusCode);
      return response;
    } catch (error) {
      span.recordException(error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
      // It never rejects.
      await otel.forceFlush();
    }
  });
};

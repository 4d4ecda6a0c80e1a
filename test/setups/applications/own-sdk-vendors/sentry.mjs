const Sentry = await import(process.env.SENTRY);

Sentry.init({
  dsn: process.env.SENTRY_DSN,
  tracesSampleRate: 1,
  // Its own instrumentation of pg, before Sentry 11.
  integrations: (all) => all.filter(({ name }) => name !== 'Postgres'),
  // Sentry 11 takes OpenTelemetry's spans only when asked to.
  enableOpenTelemetrySetup: true,
});

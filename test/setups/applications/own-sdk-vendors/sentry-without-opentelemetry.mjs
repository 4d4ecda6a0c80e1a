const Sentry = await import(process.env.SENTRY);

Sentry.init({
  dsn: process.env.SENTRY_DSN,
  tracesSampleRate: 1,
  skipOpenTelemetrySetup: true,
  // Those of Sentry would add a second span for each request and query.
  integrations: (all) => [
    ...all.filter(({ name }) => !['Http', 'Express', 'Postgres'].includes(name)),
    Sentry.httpIntegration({ spans: false }),
  ],
});

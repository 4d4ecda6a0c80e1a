const GUIDE = 'https://github.com/pg-otel/pg-otel/blob/main/docs/guides/bundlers.md';

/** Reasons by their message, and what to do. */
const ADVICE: readonly (readonly [reason: RegExp, advice: string])[] = [
  [
    /Dynamic require of /,
    `This ESM bundle has no \`require\`: add the banner of ${GUIDE}, or keep pg-otel external.`,
  ],
  [
    /Cannot find (module|package) '@opentelemetry\/|isn't provided by your application/,
    `Install it in the application; for a bundle see ${GUIDE}.`,
  ],
];

/** Versions of `@opentelemetry/sdk-node` before the peer range of package.json: OpenTelemetry JS 1.x and the first 2.x. */
const TOO_OLD = /^0\.(?:\d{1,2}|1\d\d|20[0-4])\./;

let failure: Error | undefined;

/** Why OpenTelemetry is not running in this process, for `pg-otel doctor`. */
export const startFailure = (): Error | undefined => failure;

/** Warns that there will be no telemetry, and why. Never throws: the application runs on. */
export function notStarted(error: unknown): void {
  failure = outdatedSdk() ?? (error instanceof Error ? error : new Error(String(error)));
  const reason = failure.message.split('\n')[0]?.replace(/\.+$/, '') ?? '';
  const advice = ADVICE.find(([pattern]) => pattern.test(reason))?.[1] ?? 'Run `pg-otel doctor`.';
  process.emitWarning(`OpenTelemetry was not started, the application runs without: ${reason}. ${advice}`, {
    type: 'PgOtelWarning',
    code: 'PG_OTEL_NOT_STARTED',
  });
}

/** What an SDK of another major version throws somewhere does not tell a reader what is wrong. */
function outdatedSdk(): Error | undefined {
  try {
    // Not imported: a bundle may have no `require`, and still says why it was not started.
    const { createRequire }: typeof import('node:module') = require('node:module');
    const { packageVersion }: typeof import('./package-version') = require('./package-version');
    const version = packageVersion(createRequire(__filename).resolve('@opentelemetry/sdk-node'));
    return TOO_OLD.test(version)
      ? new Error(
          `@opentelemetry/sdk-node ${version} is too old, pg-otel needs 0.205 or newer (OpenTelemetry JS 2.x or 3.x)`,
        )
      : undefined;
  } catch {
    // It is missing, or part of a bundle.
    return undefined;
  }
}

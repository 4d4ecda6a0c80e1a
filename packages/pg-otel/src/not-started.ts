import { packageVersion } from './package-version';

const GUIDE = 'https://github.com/pg-otel/pg-otel/blob/main/docs/guides/bundlers.md';

/** What to do, by the message of the error. */
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

/** Versions of `@opentelemetry/sdk-node` below the peer range of package.json: OpenTelemetry JS 1.x and the first of 2.x. */
const TOO_OLD = /^0\.(?:\d{1,2}|1\d\d|20[0-4])\./;

let failure: Error | undefined;

/** The error that prevented the start of OpenTelemetry in this process, for `pg-otel doctor`. */
export const startFailure = (): Error | undefined => failure;

/** Warns that there will be no telemetry, and why. It never throws: the application continues. */
export function warnOfFailedStart(error: unknown): void {
  failure = outdatedSdk() ?? (error instanceof Error ? error : new Error(String(error)));
  const reason = failure.message.split('\n')[0]?.replace(/\.+$/, '') ?? '';
  const advice = ADVICE.find(([pattern]) => pattern.test(reason))?.[1] ?? 'Run `pg-otel doctor`.';
  process.emitWarning(
    `OpenTelemetry was not started, and the application runs without it: ${reason}. ${advice}`,
    {
      type: 'PgOtelWarning',
      code: 'PG_OTEL_NOT_STARTED',
    },
  );
}

/** The version as the reason: the errors that an outdated SDK throws do not name it. */
function outdatedSdk(): Error | undefined {
  try {
    // Required here and not imported: in a bundle without `require`, this warning must work nevertheless.
    const { createRequire }: typeof import('node:module') = require('node:module');
    const version = packageVersion(createRequire(__filename).resolve('@opentelemetry/sdk-node'));
    return TOO_OLD.test(version)
      ? new Error(
          `@opentelemetry/sdk-node ${version} is too old, pg-otel needs 0.205 or newer (OpenTelemetry JS 2.x or 3.x)`,
        )
      : undefined;
  } catch {
    // The package is missing, or it is part of a bundle.
    return undefined;
  }
}

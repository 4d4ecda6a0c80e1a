import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../finding';

/** Packages with which an application starts its own SDK. */
const SDKS = [
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/auto-instrumentations-node',
  '@vercel/otel',
  '@sentry/node',
  '@sentry/nextjs',
  '@azure/monitor-opentelemetry',
];

/** An SDK that the application starts in code is only visible when the application runs. */
export function checkOwnSdk(cwd: string): Finding {
  const found = SDKS.filter((name) => name in dependencies(cwd));
  const depends = found.length === 0 ? '' : ` (the application depends on ${found.join(', ')})`;
  return {
    check: 'own sdk',
    status: 'skipped',
    message: `an SDK that the application starts in code is not visible here${depends}`,
    advice:
      'Run pg-otel doctor -- node app.js: it runs the program and shows which SDK receives the telemetry.',
    details: { found },
  };
}

function dependencies(cwd: string): object {
  try {
    const manifest = JSON.parse(readFileSync(path.join(cwd, 'package.json'), 'utf8')) as {
      dependencies?: object;
    };
    return manifest.dependencies ?? {};
  } catch {
    return {};
  }
}

import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-not-started-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** The warning in an application that has this version of the SDK, after the SDK has thrown an error. */
function warningWith(version: string): string {
  const sdk = path.join(folder, 'node_modules/@opentelemetry/sdk-node');
  fs.mkdirSync(sdk, { recursive: true });
  fs.writeFileSync(
    path.join(sdk, 'package.json'),
    JSON.stringify({ name: '@opentelemetry/sdk-node', version }),
  );
  fs.writeFileSync(path.join(sdk, 'index.js'), '');
  const ours = path.join(folder, 'node_modules/pg-otel');
  fs.mkdirSync(ours, { recursive: true });
  for (const file of ['not-started.js', 'package-version.js'])
    fs.copyFileSync(path.join(__dirname, '../dist', file), path.join(ours, file));
  const emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const { warnOfFailedStart } = createRequire(path.join(folder, 'app.js'))(path.join(ours, 'not-started.js'));
  warnOfFailedStart(new TypeError("Cannot read properties of undefined (reading 'DEFAULT')"));
  const [message] = emitted.mock.calls[0] ?? [];
  emitted.mockRestore();
  return String(message);
}

it.each(['0.57.2', '0.204.0'])('names the version when the application is on sdk-node %s', (version) => {
  expect(warningWith(version)).toBe(
    `OpenTelemetry was not started, and the application runs without it: @opentelemetry/sdk-node ${version} is too old, ` +
      'pg-otel needs 0.205 or newer (OpenTelemetry JS 2.x or 3.x). Run `pg-otel doctor`.',
  );
});

it.each(['0.205.0', '0.223.0', '0.301.0'])(
  'shows the error itself when the application is on sdk-node %s',
  (version) => {
    expect(warningWith(version)).toContain("Cannot read properties of undefined (reading 'DEFAULT')");
  },
);

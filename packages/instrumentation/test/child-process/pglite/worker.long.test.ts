import { rmSync } from 'node:fs';
import * as path from 'node:path';
import { defaultNode, exportTo, placeInInstallation, runFixture } from '@pg-otel/testkit';
import { capture, captureTelemetry, spannedStatements, stageEnvironment } from './pglite';

captureTelemetry();

/** PGliteWorker needs `navigator.locks`, which Node has since 24.5, and a Web Worker. */
const driver = { installation: 'otel-3', node: defaultNode('otel-3') } as const;

describe('PGliteWorker on Node 24', () => {
  it('has one span for each statement, in the thread of the application', async () => {
    const environment = stageEnvironment(driver, 'ESM');
    const folder = placeInInstallation(driver.installation, path.join(__dirname, 'worker'));
    const result = await runFixture({
      ...driver,
      folder,
      command: ['--import', 'pg-otel/register', 'main.mjs'],
      env: {
        ...exportTo(capture),
        ...environment,
        PGLITE_WORKER: path.join(path.dirname(String(environment['PGLITE'])), 'worker/index.js'),
      },
    });
    rmSync(folder, { recursive: true });
    expect(result).toEqual({ stdout: '[{"name":"Ada"}]\n', stderr: '', code: 0, signal: null });
    const statements = [
      'BEGIN',
      'COMMIT',
      'CREATE TABLE people (id int PRIMARY KEY, name text)',
      'DELETE FROM people',
      'INSERT INTO people VALUES ($1, $2)',
      'SELECT name FROM people WHERE id = $1',
      'UPDATE people SET name = $1',
    ];
    expect(spannedStatements()).toEqual(statements);
    // Otherwise there are only the questions for the array types of the thread and of the application.
    const others = capture
      .spans()
      .filter(({ attributes }) => 'db.query.text' in attributes)
      .filter(({ attributes }) => !statements.includes(String(attributes['db.query.text'])));
    expect(others.map(({ name }) => name)).toEqual(
      Array(2).fill('SELECT pg_catalog.pg_type pg_catalog.pg_type'),
    );
  });
});

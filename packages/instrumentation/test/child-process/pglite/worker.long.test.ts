import { rmSync } from 'node:fs';
import * as path from 'node:path';
import { defaultNode, exportTo, place, placeInInstallation, runFixture } from '@pg-otel/testkit';
import { BARE_SDK } from '../doors';
import { type Build, capture, captureTelemetry, spannedStatements, stageEnvironment } from './pglite';

captureTelemetry();

/** PGliteWorker needs `navigator.locks`, which Node has since 24.5, and a Web Worker. */
const driver = { installation: 'otel-3', node: defaultNode('otel-3') } as const;

describe('PGliteWorker on Node 24', () => {
  it.each<[seenBy: 'hooks' | 'its instance', build: Build, questionsForTypes: number]>([
    ['hooks', 'ESM', 2],
    ['hooks', 'CommonJS', 2],
    ['its instance', 'ESM', 1],
    ['its instance', 'CommonJS', 1],
  ])(
    'instrumented by %s, %s, has one span for each statement, in the thread of the application',
    async (seenBy, build, questionsForTypes) => {
      const environment = stageEnvironment(driver, build);
      const isByInstance = seenBy === 'its instance';
      // As in a bundle, no hook sees the driver.
      const preload = isByInstance ? place(driver.installation, BARE_SDK, 'cjs') : 'pg-otel/register';
      const file = build === 'ESM' ? 'index.js' : 'index.cjs';
      const folder = placeInInstallation(driver.installation, path.join(__dirname, 'worker'));
      const result = await runFixture({
        ...driver,
        folder,
        command: ['--import', preload, 'main.mjs'],
        env: {
          ...exportTo(capture),
          ...environment,
          PGLITE_WORKER: path.join(path.dirname(String(environment['PGLITE'])), 'worker', file),
          ...(isByInstance && { BY_INSTANCE: 'true' }),
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
      // Otherwise there are only the questions for the array types: of the application, and of the thread if hooks see it.
      const others = capture
        .spans()
        .filter(({ attributes }) => 'db.query.text' in attributes)
        .filter(({ attributes }) => !statements.includes(String(attributes['db.query.text'])));
      expect(others.map(({ name }) => name)).toEqual(
        Array(questionsForTypes).fill('SELECT pg_catalog.pg_type pg_catalog.pg_type'),
      );
    },
  );
});

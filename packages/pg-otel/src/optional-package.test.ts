import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { optionalPackage } from './optional-package';

/** No folder above this file has it, as when a bundler has named the file. */
const NAME = '@pg-otel/of-the-application';

it('finds a package that only the application has', () => {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'pg-otel-application-')));
  const installed = path.join(folder, 'node_modules', NAME);
  mkdirSync(installed, { recursive: true });
  writeFileSync(path.join(installed, 'index.js'), 'exports.isFound = true;');
  const cwd = jest.spyOn(process, 'cwd').mockReturnValue(folder);
  expect(optionalPackage(NAME)).toEqual({ isFound: true });
  cwd.mockRestore();
  rmSync(folder, { recursive: true });
});

it('names a package that is not installed', () => {
  expect(() => optionalPackage(NAME)).toThrow(
    `${NAME} is not installed. Install it in the application (npm install ${NAME}), and keep it out of a bundle`,
  );
});

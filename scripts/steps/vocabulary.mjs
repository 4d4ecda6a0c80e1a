import path from 'node:path';
import { repository, run } from './command.mjs';

// Written by others, by a tool, or the list of words itself.
const FOREIGN = /package-lock\.json$|(^|\/)LICENSE$|\/corpus\/|\/recorded\/.*\.json$|^\.vocabulary\.yml$/;

/**
 * Finds words of .vocabulary.yml in documents, sources, configuration and file names.
 * For some files only: npx textlint <files>.
 */
export async function vocabulary() {
  // Not a static import: CI loads this file before anything is installed.
  const { createLinter, loadTextlintrc } = await import('textlint');
  const descriptor = await loadTextlintrc({ configFilePath: path.join(repository, '.textlintrc.json') });
  const linter = createLinter({ descriptor });
  const files = (await run('git', ['ls-files', '--cached', '--others', '--exclude-standard']))
    .split('\n')
    .filter((file) => file !== '' && !FOREIGN.test(file));
  const known = new Set(descriptor.availableExtensions);
  const names = await linter.lintText(files.join('\n'), 'file-names.yml');
  const contents = await linter.lintFiles(
    files.filter((file) => known.has(path.extname(file))).map((file) => path.join(repository, file)),
  );
  const found = [
    ...names.messages.map(({ line, message }) => `${files[line - 1]} (its name): ${message}`),
    ...contents.flatMap(({ filePath, messages }) =>
      messages.map(({ line, message }) => `${path.relative(repository, filePath)}:${line}: ${message}`),
    ),
  ].map((text) => text.replaceAll('\n', '. '));
  if (found.length > 0) throw new Error(`${found.join('\n')}\n${found.length} in all`);
}

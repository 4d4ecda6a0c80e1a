import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { publishedPackages } from '../pack.mjs';
import { table } from './table.mjs';

const EXPORT = /^export \* from '(\.[^']+)'|^export (?:type )?\{([^}]*)\}(?: from '([^']+)')?/gm;
const DECLARATION =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^export (?:declare )?(?:abstract )?(function|class|const|interface|type) (\w+)/gm;

/** The exports of each entry of each published package, with the first sentence of their doc comments. An export without one is an error. */
export function publicExports() {
  const entries = publishedPackages().flatMap(({ name, folder, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, { types }]) => types !== undefined)
      .map(([subpath, { types }]) => ({
        specifier: path.posix.join(name, subpath),
        file: path.join(folder, types),
      })),
  );
  return entries.map(section).join('\n\n');
}

function section({ specifier, file }) {
  const found = [...exportsOf(file).values()].filter(({ comment }) => !/@internal/.test(comment));
  const bare = found.filter(({ comment }) => comment === '').map(({ name }) => name);
  if (bare.length > 0) throw new Error(`Exports of ${specifier} without a doc comment: ${bare.join(', ')}`);
  const rows = found
    .map(({ name, kind, comment }) => [`\`${name}\``, kind, firstSentence(comment)])
    .sort(([one], [other]) => one.localeCompare(other));
  const contents =
    rows.length > 0 ? table(['export', 'kind', 'meaning'], rows) : 'To be loaded, exports nothing.';
  return `## ${specifier}\n\n${contents}`;
}

/** By their public name: what a file declares or exports from another file of its package. */
function exportsOf(file) {
  const text = readFileSync(file, 'utf8');
  const found = new Map();
  for (const [, comment = '', kind, name] of text.matchAll(DECLARATION))
    found.set(name, { name, kind, comment });
  for (const [, all, names, from] of text.matchAll(EXPORT)) {
    const source = all ?? from;
    if (source !== undefined && !source.startsWith('.')) continue;
    const others = source === undefined ? found : exportsOf(resolved(file, source));
    if (all !== undefined) for (const [name, other] of others) found.set(name, other);
    for (const each of names?.split(',') ?? []) {
      const [name, alias = name] = each
        .replace(/^\s*type\s/, '')
        .trim()
        .split(/ as /);
      if (name !== '' && others.has(name)) found.set(alias, { ...others.get(name), name: alias });
    }
  }
  return found;
}

function resolved(file, source) {
  const target = path.resolve(path.dirname(file), source);
  return existsSync(`${target}.d.ts`) ? `${target}.d.ts` : path.join(target, 'index.d.ts');
}

function firstSentence(comment) {
  const text = comment
    .replace(/^\s*\* ?/gm, '')
    .split(/^@/m)[0]
    .replace(/\{@link (\S+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim();
  return text.match(/^.*?[.!?](?= [A-Z`(]|$)/)?.[0] ?? text;
}

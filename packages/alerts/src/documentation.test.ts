import { readFileSync } from 'node:fs';
import path from 'node:path';

const page = (name: string) =>
  readFileSync(path.join(__dirname, '../../../docs/reference', `${name}.md`), 'utf8');

/** Returns the names of the optional members of an interface. */
function membersOf(file: string, name: string): string[] {
  const [, declaration = ''] = readFileSync(path.join(__dirname, file), 'utf8').split(
    `export interface ${name} {\n`,
  );
  const [members = ''] = declaration.split('\n}\n');
  return [...members.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, member]) => member as string);
}

it.each([
  ['bridge', 'bridge/options.ts', 'BridgeOptions'],
  ['evaluator', 'evaluator/evaluator.ts', 'EvaluatorOptions'],
])('docs/reference/%s.md documents every option', (name, file, options) => {
  const members = membersOf(file, options);
  const documented = page(name);

  expect(members).not.toEqual([]);
  expect(members.filter((member) => !documented.includes(`\`${member}\``))).toEqual([]);
});

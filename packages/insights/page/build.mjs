// Bundles the page to one HTML text, which the handler serves, in dist/page.json: a bundler of an application includes it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = path.dirname(fileURLToPath(import.meta.url));
const bundle = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [path.join(folder, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0].text.trim();
};
const [script, style] = await Promise.all([bundle('main.ts'), bundle('style.css')]);
const html = readFileSync(path.join(folder, 'index.html'), 'utf8')
  .replace('/*STYLE*/', () => style)
  // A text in the script must not end the element.
  .replace('/*SCRIPT*/', () => script.replaceAll('</script', '<\\/script'));
const dist = path.join(folder, '..', 'dist');
mkdirSync(dist, { recursive: true });
writeFileSync(path.join(dist, 'page.json'), JSON.stringify({ html }));

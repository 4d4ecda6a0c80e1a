import { build } from 'esbuild';

await build({
  entryPoints: ['app.js'],
  outfile: 'dist/app.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  // CommonJS packages in an ES module: they call require().
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  external: ['pg-native'], // optional, and not installed
  logLevel: 'warning',
});

const path = require('node:path');

module.exports = {
  mode: 'production',
  target: 'node',
  entry: './server.mjs',
  output: { path: path.resolve(__dirname, 'dist'), filename: 'server.cjs' },
  externals: { 'pg-native': 'commonjs pg-native' },
};

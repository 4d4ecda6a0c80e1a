// The simulation and the package's size controller, whose sources are TypeScript: by the compiler that jest uses.
import { createRequire } from 'node:module';
import { transformFileSync } from '@swc/core';

const require = createRequire(import.meta.url);
const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } };
require.extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, options).code, file);

const source = (file) => require(`../../../packages/pool/${file}.ts`);
export const { compare, STRATEGIES } = source('test/simulation/comparison');
export const { comparisonTable } = source('test/simulation/report');
export const { scenarioOf, scenarios } = source('test/simulation/scenarios');
export const { simulate } = source('test/simulation/simulate');
export const { applySize } = source('src/size/apply-size');
export const { LoadMeter } = source('src/size/load-meter');

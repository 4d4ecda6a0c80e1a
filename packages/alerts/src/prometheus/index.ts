export { compilePrometheus } from './compile';

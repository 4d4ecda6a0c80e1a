export { compileDirectPrometheus, compilePrometheus } from './compile';

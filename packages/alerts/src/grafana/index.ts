export { compileGrafana } from './compile';

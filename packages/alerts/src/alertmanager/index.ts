export { compileAlertmanager } from './compile';

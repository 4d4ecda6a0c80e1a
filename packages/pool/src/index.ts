export { PoolOptionsError } from './options-error';

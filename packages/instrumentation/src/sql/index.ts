export { sanitizeSql } from './sanitize';
export { summarizeSql } from './summarize';

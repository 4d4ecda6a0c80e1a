import * as path from 'node:path';

/** The file of the shipped thresholds, to begin with: collector-config/thresholds.yaml of the repository. */
export const DEFAULT_THRESHOLDS = path.resolve(__dirname, '..', 'thresholds.yaml');

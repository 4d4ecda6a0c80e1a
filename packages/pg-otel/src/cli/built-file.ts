import path from 'node:path';
import { packageFolder } from '../package-version';

/** A file of this package in `dist`, by its name there. The place of this code does not show it: the CLI is published as one file. */
export const builtFile = (name: string): string => path.join(packageFolder(__filename), 'dist', name);

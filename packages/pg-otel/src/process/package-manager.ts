const PROGRAM = /[\\/](npm|npx|yarn|pnpm|corepack)(-cli)?(\.c?js)?$/;

/** Whether a file is the program of a package manager, which runs the application in another process. */
export const isPackageManager = (file: string | undefined): boolean =>
  file !== undefined && PROGRAM.test(file);

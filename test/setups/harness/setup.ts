import type { PackageManager } from './package-manager';

/** A way to use pg-otel that a guide describes. */
export interface Setup {
  /** The application: a folder in test/setups/applications, or `examples/<name>`. */
  readonly application: string;
  /** An application that it is laid over, when it has only the files that differ. */
  readonly base?: string;
  /** The page with the commands, relative to docs/guides and without `.md`. */
  readonly guide: string;
  /** The headings of the guide with the commands to run before the start, in this order: install, build. */
  readonly prepare: readonly string[];
  /** Environment variables for these commands. */
  readonly prepareEnv?: Readonly<Record<string, string>>;
  /** The heading with the command that starts the application. It listens on `PORT`. */
  readonly start: string;
  /** The package manager that the commands name. Default: npm. */
  readonly packageManager?: PackageManager;
  /** The Node to run: an absolute path. Default: the one that runs the tests. */
  readonly node?: string;
}

import { BadInput } from './bad-input';
import { packageManagerOf } from './doctor/package-manager';

/** An optional package that a command needs is missing. The message has the command that installs it. */
export class NotInstalled extends BadInput {
  /** The command that installs the package. */
  readonly advice: string;

  constructor(command: string, name: string, cwd: string) {
    const advice = `${packageManagerOf(cwd).add} ${name}`;
    super(`${command} needs the package ${name}: ${advice}`);
    this.advice = advice;
  }
}

/** @throws {NotInstalled} */
export function requireInstalled(command: string, name: string, cwd: string): void {
  try {
    require.resolve(name);
  } catch {
    throw new NotInstalled(command, name, cwd);
  }
}

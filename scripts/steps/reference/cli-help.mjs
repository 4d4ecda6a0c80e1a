import path from 'node:path';
import { repository, run } from '../command.mjs';

const CLI = path.join(repository, 'packages/pg-otel/dist/cli/main.js');
const COMMANDS = ['doctor', 'plan', 'watch', 'alerts build', 'alerts check', 'alerts bridge'];

/** What `--help` prints for each command, below a heading. */
export async function cliHelp() {
  const sections = COMMANDS.map(async (command) => {
    const help = await run(process.execPath, [CLI, ...command.split(' '), '--help']);
    return `## pg-otel ${command}\n\n\`\`\`\n${help.trim()}\n\`\`\``;
  });
  return (await Promise.all(sections)).join('\n\n');
}

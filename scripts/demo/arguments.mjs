const accepted = {
  '--neon': "the shop over Neon's driver, with a Neon endpoint on this machine",
  '--postgres-js': 'the shop over Postgres.js',
  '--outage': 'stops the server for ten seconds; the pool of the shop is managed by @pg-otel/pool',
  '--blocked': 'requests that block each other, and one that blocks itself, with the reason while they hang',
  '--once': 'end after a while, with a summary (as without a terminal)',
  '--json': 'the same, and print the summary as JSON',
  '--help': 'this text',
};

export const usage = `npm run demo [-- options]
${Object.entries(accepted)
  .map(([name, does]) => `  ${name.padEnd(13)}  ${does}`)
  .join('\n')}`;

/** An argument that the demo does not accept. The message is for the person who typed it. */
export class UnknownArgument extends Error {}

/** @throws {UnknownArgument} */
export function readArguments(given) {
  const unknown = given.find((argument) => !Object.hasOwn(accepted, argument));
  if (unknown !== undefined) {
    const names = Object.keys(accepted).join(', ');
    throw new UnknownArgument(`The demo does not know "${unknown}"; it accepts ${names}.`);
  }
  if (
    given.includes('--postgres-js') &&
    ['--neon', '--outage', '--blocked'].some((other) => given.includes(other))
  ) {
    throw new UnknownArgument(
      '--postgres-js goes with none of --neon, --outage and --blocked, whose pools are of pg.',
    );
  }
  return {
    isPostgresJs: given.includes('--postgres-js'),
    isNeon: given.includes('--neon'),
    isOutage: given.includes('--outage'),
    isBlocked: given.includes('--blocked'),
    isOnce: given.includes('--once') || given.includes('--json'),
    isJson: given.includes('--json'),
    isHelp: given.includes('--help'),
  };
}

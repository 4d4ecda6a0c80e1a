// `npm run demo`: runs a shop on a real Postgres with the one line, and shows the telemetry that arrives.
import { readArguments, UnknownArgument, usage } from './demo/arguments.mjs';
import { watchInterruption } from './demo/interruption.mjs';
import { reportFailure } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';

const interruption = watchInterruption();
try {
  const { isHelp, isOnce, ...options } = readArguments(process.argv.slice(2));
  if (isHelp) {
    console.log(usage);
  } else {
    await setUp();
    // Its packages are installed and built now.
    const { demo } = await import('./demo/demo.mjs');
    await demo({ ...options, isOnce: isOnce || !process.stdout.isTTY, interruption });
  }
} catch (error) {
  if (error instanceof UnknownArgument) {
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  } else {
    await interruption.settle();
    reportFailure(error);
  }
}

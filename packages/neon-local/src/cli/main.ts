#!/usr/bin/env node
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { type NeonLocal, startNeonLocal } from '../neon-local';
import { BadArgument, readArguments } from './arguments';
import { HELP } from './help';
import { instructions } from './instructions';

const EXIT = { ok: 0, problem: 1, badInput: 2 } as const;
/** What is wrong with the address to listen on, and the option that sets it. */
const ADDRESS_OPTIONS: Readonly<Record<string, string>> = {
  EADDRINUSE: '--port',
  EACCES: '--port',
  EADDRNOTAVAIL: '--host',
  ENOTFOUND: '--host',
};

async function main(argv: string[]): Promise<number> {
  const settings = readArguments(argv);
  if (settings.type === 'help') {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (settings.type === 'version') {
    process.stdout.write(`${ownVersion()}\n`);
    return EXIT.ok;
  }
  const { json, stopWithStdin, options } = settings;
  const endpoint = await startNeonLocal(options);
  // Called before the output, because a program that reads the output may stop the endpoint at once.
  const stop = askedToStop(stopWithStdin);
  process.stdout.write(json ? `${machineReadable(endpoint)}\n` : instructions(endpoint));
  await stop;
  await endpoint.stop();
  return EXIT.ok;
}

function machineReadable({ host, port, httpUrl, wsProxy }: NeonLocal): string {
  return JSON.stringify({ host, port, httpUrl, wsProxy });
}

async function askedToStop(withStdin: boolean): Promise<void> {
  const reasons = ['SIGINT', 'SIGTERM'].map((signal) => once(process, signal));
  // The program that reads the output has ended.
  reasons.push(once(process.stdout, 'error'));
  if (withStdin) reasons.push(once(process.stdin.resume(), 'close'));
  await Promise.race(reasons);
  process.stdin.pause();
}

function ownVersion(): string {
  const manifest = path.resolve(__dirname, '../../package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function reportError(error: unknown): number {
  if (error instanceof BadArgument) {
    process.stderr.write(`${error.message}\nSee neon-local --help\n`);
    return EXIT.badInput;
  }
  const { message, code = '' } = error as NodeJS.ErrnoException;
  const option = Object.hasOwn(ADDRESS_OPTIONS, code) ? `${ADDRESS_OPTIONS[code]}: ` : '';
  process.stderr.write(`neon-local does not start: ${option}${message}\n`);
  return EXIT.problem;
}

void main(process.argv.slice(2))
  .catch(reportError)
  .then((code) => {
    process.exitCode = code;
  });

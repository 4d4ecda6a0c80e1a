import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Profile as AnyProfile, compile, parseThresholds } from '@pg-otel/alerts';
import { type ProfileCollector, repository, startProfileCollector } from '@pg-otel/testkit';

export type { ProfileCollector };

/** The profiles with a collector. */
export const PROFILES = ['single', 'standalone', 'agent', 'gateway'] as const satisfies readonly AnyProfile[];
export type Profile = (typeof PROFILES)[number];

export const SHIPPED = readFileSync(path.join(repository, 'collector-config/thresholds.yaml'), 'utf8');

/** The configuration of a profile. */
export function compiled(profile: Profile, thresholds: string): string {
  const { files } = compile(parseThresholds(thresholds), profile);
  return files.find(({ path }) => path === `${profile}/collector.yaml`)?.content ?? '';
}

export interface ProfileOptions {
  readonly profile: Profile;
  /** By default what is shipped. */
  readonly thresholds?: string;
  /** Further configuration, merged into it. */
  readonly further?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the collector with a profile. */
export function startProfile({ profile, thresholds = SHIPPED, further, env = {} }: ProfileOptions) {
  return startProfileCollector({
    configs: [{ text: compiled(profile, thresholds) }, ...(further === undefined ? [] : [{ text: further }])],
    env,
  });
}

/** Sends OTLP as JSON. Resolves with the status of the answer. */
export async function send(
  collector: ProfileCollector,
  signal: 'logs' | 'metrics' | 'traces',
  request: object,
): Promise<number> {
  const response = await collector.fetch(`http://127.0.0.1:${collector.ports.http}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Series that the collector shows Prometheus, as lines without the comments. */
export async function series(collector: ProfileCollector, port: 'prometheus' | 'metrics'): Promise<string[]> {
  const response = await collector.fetch(`http://127.0.0.1:${collector.ports[port]}/metrics`);
  return (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** Lines of its log that complain, but for those that nobody takes traces: nothing that a test sends is worth one. */
export function complaints(collector: ProfileCollector): string[] {
  return collector
    .log()
    .split('\n')
    .filter((line) => /\t(warn|error)\t/.test(line) && !line.includes('"grpc_log": true'));
}

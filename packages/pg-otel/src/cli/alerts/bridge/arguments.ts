import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { BridgeOptions } from '@pg-otel/alerts/bridge';
import { BadInput, shown } from '../../bad-input';
import type { OptionNames } from './option-names';

export interface BridgeArguments {
  readonly isJson: boolean;
  readonly options: BridgeOptions;
  readonly names: OptionNames;
}

const PORT = 4319;

/** The flags that take a number. */
const numbers = {
  holdSeconds: 'hold',
  maxBodyBytes: 'max-body',
  maxRequests: 'max-requests',
  requestTimeoutSeconds: 'request-timeout',
  deliveryTimeoutSeconds: 'delivery-timeout',
  stopTimeoutSeconds: 'stop-timeout',
} as const;

/**
 * Reads the command line, and the environment for options that may contain a secret. A flag takes precedence.
 *
 * @throws {BadInput}
 * @throws the error of `parseArgs` for invalid arguments
 */
export async function readArguments(args: string[], env: NodeJS.ProcessEnv): Promise<BridgeArguments> {
  const one = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      alertmanager: { type: 'string', multiple: true },
      webhook: one,
      listen: one,
      'token-file': one,
      'tls-cert': one,
      'tls-key': one,
      hold: one,
      'max-body': one,
      'max-requests': one,
      'request-timeout': one,
      'delivery-timeout': one,
      'stop-timeout': one,
      json: { type: 'boolean' },
    },
  });
  const tokenFile = values['token-file'];
  // An empty token is an error: somebody meant to set one, and without a token the bridge accepts every client.
  const token = env['PG_OTEL_BRIDGE_TOKEN'];
  if (tokenFile !== undefined) await contentOf('--token-file', tokenFile);
  return {
    isJson: values.json ?? false,
    options: {
      alertmanagers: values.alertmanager ?? words(env['PG_OTEL_BRIDGE_ALERTMANAGER']),
      webhook: values.webhook ?? (env['PG_OTEL_BRIDGE_WEBHOOK'] || undefined),
      ...address(values.listen),
      ...(tokenFile === undefined ? { token } : { tokenFile }),
      tls: await certificate(values['tls-cert'], values['tls-key']),
      ...Object.fromEntries(
        Object.entries(numbers).flatMap(([option, flag]) => {
          const text = values[flag];
          return text === undefined ? [] : [[option, number(flag, text)]];
        }),
      ),
    },
    names: {
      alertmanagers:
        values.alertmanager || !env['PG_OTEL_BRIDGE_ALERTMANAGER']
          ? '--alertmanager'
          : 'PG_OTEL_BRIDGE_ALERTMANAGER',
      webhook: values.webhook || !env['PG_OTEL_BRIDGE_WEBHOOK'] ? '--webhook' : 'PG_OTEL_BRIDGE_WEBHOOK',
      host: '--listen',
      port: '--listen',
      token: 'PG_OTEL_BRIDGE_TOKEN',
      tokenFile: '--token-file',
      tls: '--tls-cert',
      ...Object.fromEntries(Object.entries(numbers).map(([option, flag]) => [option, `--${flag}`])),
    },
  };
}

function words(text: string | undefined): string[] {
  return text?.split(/[\s,]+/).filter((word) => word !== '') ?? [];
}

/** `host:port`, `[::1]:port`, or the port alone. */
function address(text: string | undefined): { host: string; port: number } {
  if (text === undefined) return { host: '127.0.0.1', port: PORT };
  const [, ipv6, name, port] = text.match(/^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new BadInput(`--listen must be host:port like 127.0.0.1:${PORT}, got ${shown(text)}`);
  }
  return { host: ipv6 ?? name ?? '127.0.0.1', port: Number(port) };
}

async function certificate(certFile: string | undefined, keyFile: string | undefined) {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined) throw new BadInput('--tls-key needs --tls-cert');
  if (keyFile === undefined) throw new BadInput('--tls-cert needs --tls-key');
  return { cert: await contentOf('--tls-cert', certFile), key: await contentOf('--tls-key', keyFile) };
}

async function contentOf(flag: string, file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new BadInput(`${flag} must be a file that can be read (${error.code}), got ${shown(file)}`);
  });
  if (text.trim() === '') throw new BadInput(`${flag} must be a file that is not empty, got ${shown(file)}`);
  return text;
}

/** The bridge checks the range. */
function number(flag: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new BadInput(`--${flag} must be a number, got ${shown(text)}`);
  return value;
}

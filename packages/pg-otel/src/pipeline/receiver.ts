import { announce } from '../warnings';
import { type ExportFailure, exportFailure } from './export-failure';

/** Where an exporter sends to, and what is said of it. */
export interface Destination {
  readonly signal: string;
  readonly url: URL;
  /** The variable that decides where. */
  readonly endpointSetting: string;
}

/** Outages that are announced at once, and the time after which there may be one more. */
const OUTAGES = 3;
const ONE_MORE_AFTER_MILLIS = 3_600_000;

/** What is known of the receivers of this process, by origin: signals that go to one share its outages. */
const receivers = new Map<string, Receiver>();
const destinations = new WeakMap<object, Destination>();

/** Lets the outcome of this exporter's exports be announced. */
export function follow<Exporter extends object>(exporter: Exporter, destination: Destination): Exporter {
  destinations.set(exporter, destination);
  return exporter;
}

export function exportSucceeded(exporter: object): void {
  const destination = destinations.get(exporter);
  if (destination !== undefined) receiverOf(destination).succeeded(destination);
}

export function exportFailed(exporter: object, error: unknown): void {
  const destination = destinations.get(exporter);
  if (destination !== undefined) receiverOf(destination).failed(destination, exportFailure(error));
}

/** Paths that say nothing of their owner. */
const STANDARD_PATH = /^\/(v1\/(traces|metrics|logs)|api\/v2\/spans)?$/;

/** User, password, query and a path of one's own may be keys to somebody's account. */
export function withoutSecrets(url: URL): string {
  const path = STANDARD_PATH.test(url.pathname) ? url.pathname : '/…';
  return `${url.protocol}//${url.host}${path}`;
}

function receiverOf({ url }: Destination): Receiver {
  const origin = `${url.protocol}//${url.host}`;
  const receiver = receivers.get(origin) ?? new Receiver(origin);
  receivers.set(origin, receiver);
  return receiver;
}

/** Announces an outage once, and its end; a receiver that comes and goes is not announced each time. */
class Receiver {
  readonly #origin: string;
  /** The signals whose last export failed, and why. */
  readonly #failing = new Map<string, string>();
  #isAnnounced = false;
  #outagesLeft = OUTAGES;
  #refilledAt = Date.now();

  constructor(origin: string) {
    this.#origin = origin;
  }

  failed(destination: Destination, failure: ExportFailure): void {
    const isKnown = [...this.#failing.values()].includes(failure.reason);
    this.#failing.set(destination.signal, failure.reason);
    if (isKnown || !this.#mayAnnounce()) return;
    this.#isAnnounced = true;
    const { signal, url } = destination;
    announce(
      'PG_OTEL_EXPORT_FAILED',
      `Cannot export ${signal} to ${withoutSecrets(url)}: ${failure.reason}. The application is not affected. ` +
        advice(failure, destination),
    );
  }

  succeeded({ signal }: Destination): void {
    if (!this.#failing.delete(signal) || this.#failing.size > 0 || !this.#isAnnounced) return;
    this.#isAnnounced = false;
    announce(
      'PG_OTEL_EXPORT_RECOVERED',
      `Exports to ${this.#origin} succeed again. Exports that failed are not repeated.`,
    );
  }

  #mayAnnounce(): boolean {
    const gained = Math.floor((Date.now() - this.#refilledAt) / ONE_MORE_AFTER_MILLIS);
    this.#refilledAt += gained * ONE_MORE_AFTER_MILLIS;
    this.#outagesLeft = Math.min(OUTAGES, this.#outagesLeft + gained);
    if (this.#outagesLeft === 0) return false;
    this.#outagesLeft -= 1;
    return true;
  }
}

function advice({ fix }: ExportFailure, { signal, endpointSetting }: Destination): string {
  const off = `OTEL_${signal.toUpperCase()}_EXPORTER=none turns ${signal} off`;
  return {
    endpoint: `Start a collector there or set ${endpointSetting}; ${off}.`,
    headers: 'Check OTEL_EXPORTER_OTLP_HEADERS.',
    certificate: 'Check OTEL_EXPORTER_OTLP_CERTIFICATE.',
    path: `Check ${endpointSetting}: nothing takes ${signal} there; ${off}.`,
  }[fix];
}

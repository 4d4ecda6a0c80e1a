import { inspect } from 'node:util';
import { context } from '@opentelemetry/api';
import type { core } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk/require-sdk';

/** When the application has started, in most cases. */
const LOAD_AFTER_MILLIS = 1_000;
/** Each is loaded in a separate moment, so that requests wait for one of them only. */
const PAUSE_MILLIS = 100;

/**
 * Whether this code was loaded by Jest or a similar loader: functions of Node.js then belong to another context. Such a
 * loader loads nothing between two tests, and a run of Jest fails if a module is loaded after its test file has ended.
 */
const LOADS_AT_ONCE = !(inspect instanceof Function);

/** What exists of an exporter before it is loaded. */
export interface LoadedLater {
  export(items: never, done: (result: core.ExportResult) => void): void;
  shutdown(): Promise<void>;
}

let waiting = 0;

/**
 * Loads something in a moment after the start, or at once where that could be too late.
 *
 * @param load its errors are ignored: they occur again when what it loads is needed
 * @returns cancels that
 */
export function afterStart(load: () => void): () => void {
  const attempt = () => {
    try {
      load();
    } catch {
      // The caller that needs it gets the same error, and reports it.
    }
  };
  if (LOADS_AT_ONCE) {
    attempt();
    return () => {};
  }
  const run = () => {
    waiting -= 1;
    attempt();
  };
  const timer = setTimeout(run, LOAD_AFTER_MILLIS + PAUSE_MILLIS * waiting).unref();
  waiting += 1;
  return () => clearTimeout(timer);
}

/** Loads something without tracing that. */
export function untraced<Loaded>(load: () => Loaded): Loaded {
  const { suppressTracing } = requireSdk('@opentelemetry/core');
  return context.with(suppressTracing(context.active()), load);
}

/**
 * An exporter that is loaded a second after the start instead of during the start, of which it would be a fifth. An export
 * or a flush before that loads it at once. It reads the environment as it was when this function was called.
 *
 * @param load loads and creates the exporter
 */
export function loadLater(load: () => LoadedLater): LoadedLater {
  const loadInStartEnvironment = inEnvironment(process.env, load);
  let exporter: LoadedLater | undefined;
  const created = (): LoadedLater => {
    exporter ??= untraced(loadInStartEnvironment);
    return exporter;
  };
  const cancel = afterStart(created);
  const loaded = (): LoadedLater => {
    if (exporter === undefined) cancel();
    return created();
  };
  return {
    export(items, done) {
      try {
        loaded().export(items, done);
      } catch (error) {
        const { ExportResultCode } = requireSdk('@opentelemetry/core');
        done({ code: ExportResultCode.FAILED, error: error as Error });
      }
    },
    async shutdown() {
      cancel();
      await exporter?.shutdown();
    },
  };
}

const READ_BY_EXPORTERS = /^OTEL_EXPORTER_/;

/** Runs a synchronous function as if the variables of exporters had not changed since. */
function inEnvironment<Result>(environment: NodeJS.ProcessEnv, work: () => Result): () => Result {
  const before = variablesOf(environment);
  return () => {
    const now = variablesOf(environment);
    try {
      replace(environment, now, before);
      return work();
    } finally {
      replace(environment, before, now);
    }
  };
}

function variablesOf(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => READ_BY_EXPORTERS.test(name)));
}

function replace(
  environment: NodeJS.ProcessEnv,
  present: NodeJS.ProcessEnv,
  wanted: NodeJS.ProcessEnv,
): void {
  for (const name of Object.keys(present)) if (!(name in wanted)) delete environment[name];
  Object.assign(environment, wanted);
}

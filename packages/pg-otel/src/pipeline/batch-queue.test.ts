import { AsyncLocalStorage } from 'node:async_hooks';
import { requireSdk } from '../sdk/require-sdk';
import { type BatchLimits, BatchQueue, batchLimits, type Exporter, ONE_BY_ONE } from './batch-queue';
import { watchExports } from './outages';

interface Item {
  readonly id: number;
  readonly resource: object;
}
type Done = Parameters<Exporter<Item>['export']>[1];

const SUCCESS = { code: 0 };
const limits: BatchLimits = {
  maxQueueSize: 10,
  maxExportBatchSize: 3,
  scheduledDelayMillis: 5_000,
  exportTimeoutMillis: 30_000,
};
const item = (id: number): Item => ({ id, resource: {} });

/** An exporter whose exports the test completes. */
function manualExporter() {
  const batches: number[][] = [];
  const answers: Done[] = [];
  let isShutDown = false;
  const exporter: Exporter<Item> = {
    export(items, done) {
      batches.push(items.map(({ id }) => id));
      answers.push(done);
    },
    async shutdown() {
      isShutDown = true;
    },
  };
  return { exporter, batches, answers, isShutDown: () => isShutDown };
}

const failures: string[] = [];
const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

beforeEach(() => {
  failures.length = 0;
  jest.useFakeTimers();
  requireSdk('@opentelemetry/core').setGlobalErrorHandler((error) => failures.push((error as Error).message));
});
afterEach(() => jest.useRealTimers());

it('exports the collected items when the delay is over', async () => {
  const { exporter, batches } = manualExporter();
  const queue = new BatchQueue(exporter, limits);
  queue.add(item(1));
  queue.add(item(2));
  jest.advanceTimersByTime(4_999);
  expect(batches).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(batches).toEqual([[1, 2]]);
});

it('exports a full queue at once, also one that is smaller than a batch', () => {
  const { exporter, batches } = manualExporter();
  const queue = new BatchQueue(exporter, { ...limits, maxQueueSize: 2 });
  queue.add(item(1));
  queue.add(item(2));
  expect(batches).toEqual([[1, 2]]);
});

it('exports a full batch at once, one at a time', async () => {
  const { exporter, batches, answers } = manualExporter();
  const queue = new BatchQueue(exporter, limits);
  for (let id = 1; id <= 7; id += 1) queue.add(item(id));
  expect(batches).toEqual([[1, 2, 3]]);
  answers[0]?.(SUCCESS);
  await turns();
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  answers[1]?.(SUCCESS);
  await turns();
  expect(batches).toHaveLength(2);
  jest.advanceTimersByTime(5_000);
  expect(batches[2]).toEqual([7]);
});

it('drops items above the limit of the queue, and reports their number', async () => {
  const { exporter, answers, batches } = manualExporter();
  const queue = new BatchQueue(exporter, limits);
  for (let id = 1; id <= 15; id += 1) queue.add(item(id));
  answers[0]?.(SUCCESS);
  await turns();
  expect(batches[1]).toEqual([4, 5, 6]);
  expect(failures).toEqual(['2 dropped: the queue of 10 was full']);
  expect(queue.added).toBe(15);
});

describe('a full queue', () => {
  const warnings: string[] = [];
  beforeEach(() => {
    warnings.length = 0;
    jest.spyOn(process, 'emitWarning').mockImplementation(((message: string) => {
      warnings.push(message);
    }) as typeof process.emitWarning);
  });
  afterEach(() => jest.restoreAllMocks());

  function watchedQueue(signal: string) {
    const { exporter, answers } = manualExporter();
    const url = new URL(`http://${signal}.example:4318/v1/${signal}?key=hunter2`);
    watchExports(exporter, { signal, url, endpointSetting: 'OTEL_EXPORTER_OTLP_ENDPOINT' });
    return { queue: new BatchQueue(exporter, limits), answers };
  }
  const fill = (queue: BatchQueue<Item>) => {
    for (let id = 1; id <= 15; id += 1) queue.add(item(id));
  };

  it('is one warning if the receiver takes the exports', async () => {
    const { queue, answers } = watchedQueue('traces');
    for (let turn = 0; turn < 3; turn += 1) {
      fill(queue);
      answers.at(-1)?.(SUCCESS);
      await turns();
    }
    expect(warnings).toEqual([
      'Some traces were dropped, because http://traces.example:4318/v1/traces takes fewer than are recorded. Raise ' +
        'OTEL_BSP_MAX_QUEUE_SIZE (10) and OTEL_BSP_MAX_EXPORT_BATCH_SIZE, or sample traces (OTEL_TRACES_SAMPLER).',
    ]);
  });

  it('is no further warning in an outage and after it', async () => {
    const { queue, answers } = watchedQueue('logs');
    for (const answer of [{ code: 1, error: new Error('down') }, SUCCESS]) {
      fill(queue);
      answers.at(-1)?.(answer);
      await turns();
    }
    expect(warnings.filter((message) => message.includes('dropped'))).toEqual([]);
  });
});

it('flushes everything, even while an export runs', async () => {
  const { exporter, batches, answers } = manualExporter();
  const queue = new BatchQueue(exporter, limits);
  for (let id = 1; id <= 8; id += 1) queue.add(item(id));
  let isFlushed = false;
  void queue.forceFlush().then(() => {
    isFlushed = true;
  });
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8],
  ]);
  for (const answer of answers.slice(0, 2)) answer(SUCCESS);
  await turns();
  expect(isFlushed).toBe(false);
  answers[2]?.(SUCCESS);
  await turns();
  expect(isFlushed).toBe(true);
});

it('flushes a long queue without more exports at the same time than an OTLP exporter takes', async () => {
  const { exporter, batches, answers } = manualExporter();
  const queue = new BatchQueue(exporter, { ...limits, maxQueueSize: 200 });
  const ids = Array.from({ length: 200 }, (_, id) => id);
  for (const id of ids) queue.add(item(id));
  let isFlushed = false;
  void queue.forceFlush().then(() => {
    isFlushed = true;
  });
  for (let answered = 0; answered < answers.length; answered += 1) {
    expect(answers.length - answered).toBeLessThan(30);
    answers[answered]?.(SUCCESS);
    await turns();
  }
  expect(batches.flat()).toEqual(ids);
  expect(isFlushed).toBe(true);
});

it('a flush does not wait for what is added later', async () => {
  const { exporter, answers } = manualExporter();
  const queue = new BatchQueue(exporter, { ...limits, maxQueueSize: 200 });
  for (let id = 0; id < 100; id += 1) queue.add(item(id));
  let isFlushed = false;
  void queue.forceFlush().then(() => {
    isFlushed = true;
  });
  for (let answered = 0; answered < 100 && !isFlushed; answered += 1) {
    for (let id = 0; id < 3; id += 1) queue.add(item(id));
    answers[answered]?.(SUCCESS);
    await turns();
  }
  expect(isFlushed).toBe(true);
});

it('drops nothing of what many operations write to the console in one turn', async () => {
  let written = 0;
  const exporter: Exporter<Item> = {
    export(items, done) {
      written += items.length;
      done(SUCCESS);
    },
    async shutdown() {},
  };
  const queue = new BatchQueue(exporter, ONE_BY_ONE);
  for (let id = 0; id < 5_000; id += 1) queue.add(item(id));
  await queue.forceFlush();
  expect(written).toBe(5_000);
  expect(failures).toEqual([]);
});

it('reports a failed export and continues', async () => {
  const { exporter, batches, answers } = manualExporter();
  const queue = new BatchQueue(exporter, limits);
  for (let id = 1; id <= 6; id += 1) queue.add(item(id));
  answers[0]?.({ code: 1, error: new Error('refused') });
  await turns();
  expect(failures).toEqual(['refused']);
  expect(batches).toHaveLength(2);
});

it('stops waiting for an export that is never answered', async () => {
  const { exporter, batches } = manualExporter();
  const queue = new BatchQueue(exporter, limits);
  for (let id = 1; id <= 6; id += 1) queue.add(item(id));
  await turns();
  jest.advanceTimersByTime(30_000);
  await turns();
  expect(failures).toEqual(['export timed out after 30000 ms']);
  expect(batches).toHaveLength(2);
});

it('reports an exporter that throws', async () => {
  const { exporter } = manualExporter();
  exporter.export = () => {
    throw new Error('thrown');
  };
  const queue = new BatchQueue(exporter, limits);
  queue.add(item(1));
  await queue.forceFlush();
  expect(failures).toEqual(['thrown']);
});

it('waits until the resource is detected', async () => {
  const { exporter, batches } = manualExporter();
  const queue = new BatchQueue(exporter, limits);
  let detected = () => {};
  const waiting = new Promise<void>((resolve) => {
    detected = resolve;
  });
  queue.add({ id: 1, resource: { asyncAttributesPending: true, waitForAsyncAttributes: () => waiting } });
  void queue.forceFlush();
  await turns();
  expect(batches).toEqual([]);
  detected();
  await turns();
  expect(batches).toEqual([[1]]);
});

it('exports outside the async context of the request that filled it', async () => {
  const store = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const { exporter } = manualExporter();
  exporter.export = () => void seen.push(store.getStore());
  const queue = new BatchQueue(exporter, limits);
  store.run('request', () => {
    for (let id = 1; id <= 3; id += 1) queue.add(item(id));
  });
  await turns();
  expect(seen).toEqual([undefined]);
});

it('exports the rest when it is shut down, and nothing afterwards', async () => {
  const { exporter, batches, answers, isShutDown } = manualExporter();
  const queue = new BatchQueue(exporter, limits);
  queue.add(item(1));
  const ended = queue.shutdown();
  queue.add(item(2));
  await turns();
  answers[0]?.(SUCCESS);
  await ended;
  expect(isShutDown()).toBe(true);
  expect(batches).toEqual([[1]]);
});

it.each(['BSP', 'BLRP'] as const)('takes its limits from OTEL_%s_*', (prefix) => {
  const values = { MAX_QUEUE_SIZE: 11, MAX_EXPORT_BATCH_SIZE: 12, SCHEDULE_DELAY: 13, EXPORT_TIMEOUT: 14 };
  const variables = Object.entries(values).map(([end, value]) => [`OTEL_${prefix}_${end}`, String(value)]);
  Object.assign(process.env, Object.fromEntries(variables));
  try {
    expect(batchLimits(prefix)).toEqual({
      maxQueueSize: 11,
      maxExportBatchSize: 12,
      scheduledDelayMillis: 13,
      exportTimeoutMillis: 14,
    });
  } finally {
    for (const [name] of variables) delete process.env[name as string];
  }
});

import { configure, ENVIRONMENT_VARIABLES, type PostgresInstrumentationConfig } from './configuration';
import { warnings } from './warnings';

const DEFAULTS = {
  statementText: 'auto',
  parameters: false,
  parameterMaxLength: 100,
  acquireSpans: 'waited',
  requireParentSpan: false,
  ignore: [],
  poolNames: {},
  sqlComments: false,
  summaryLimit: 1800,
  returnedRowsMetric: 'auto',
  exceptionMessages: false,
  slowAfter: [1, 5],
  slowAfterOf: {},
  heldAfter: 30,
  heldAfterOf: {},
  repeatInterval: 60,
  diagnose: true,
  requestHook: undefined,
  responseHook: undefined,
};

it('has a default for every option', () => {
  expect(configure({}, {})).toEqual(DEFAULTS);
});

it('reads every option that is not a function from the environment', () => {
  const configuration = configure(
    {},
    {
      PG_OTEL_STATEMENT_TEXT: 'sanitized',
      PG_OTEL_PARAMETERS: 'true',
      PG_OTEL_PARAMETER_MAX_LENGTH: '20',
      PG_OTEL_ACQUIRE_SPANS: 'never',
      PG_OTEL_REQUIRE_PARENT_SPAN: 'true',
      PG_OTEL_IGNORE: 'BEGIN, SELECT jobs',
      PG_OTEL_POOL_NAMES: 'shop=orders,shop#2=reports',
      PG_OTEL_SQL_COMMENTS: 'prepended',
      PG_OTEL_SUMMARY_LIMIT: '10',
      PG_OTEL_RETURNED_ROWS_METRIC: 'always',
      PG_OTEL_EXCEPTION_MESSAGES: 'true',
      PG_OTEL_SLOW_AFTER: '0.5, 2,10',
      PG_OTEL_HELD_AFTER: '2.5',
      PG_OTEL_HELD_AFTER_OF: 'reports=300, workers=none',
      PG_OTEL_REPEAT_INTERVAL: '10',
      PG_OTEL_DIAGNOSE: 'off',
    },
  );
  expect(configuration).toEqual({
    statementText: 'sanitized',
    parameters: true,
    parameterMaxLength: 20,
    acquireSpans: 'never',
    requireParentSpan: true,
    ignore: ['BEGIN', 'SELECT jobs'],
    poolNames: { shop: 'orders', 'shop#2': 'reports' },
    sqlComments: 'prepended',
    summaryLimit: 10,
    returnedRowsMetric: 'always',
    exceptionMessages: true,
    slowAfter: [0.5, 2, 10],
    slowAfterOf: {},
    heldAfter: 2.5,
    heldAfterOf: { reports: 300, workers: 'none' },
    repeatInterval: 10,
    diagnose: false,
    requestHook: undefined,
    responseHook: undefined,
  });
  expect(ENVIRONMENT_VARIABLES).toHaveLength(16);
});

it('prefers options in code, and ignores empty variables', () => {
  const environment = { PG_OTEL_STATEMENT_TEXT: 'off', PG_OTEL_ACQUIRE_SPANS: ' ' };
  expect(configure({ statementText: 'auto' }, environment)).toEqual(DEFAULTS);
});

describe('an invalid option in code is an error with the option and the accepted values', () => {
  const mistakes: [PostgresInstrumentationConfig, string][] = [
    [{ statementText: 'raw' as 'auto' }, 'statementText must be "auto", "sanitized", "off", got "raw"'],
    [
      { acquireSpans: 'postgres://app:hunter2@db' as 'always' },
      'acquireSpans must be "waited", "always", "never", got "postgres://***"',
    ],
    [{ parameters: 1 as unknown as boolean }, 'parameters must be true or false, got 1'],
    [
      { sqlComments: 'appended' as 'prepended' },
      'sqlComments must be true, false or "prepended", got "appended"',
    ],
    [{ parameterMaxLength: 0 }, 'parameterMaxLength must be a whole number from 1 to 8192, got 0'],
    [{ summaryLimit: 5000 }, 'summaryLimit must be a whole number from 0 to 1900, got 5000'],
    [{ summaryLimit: Number.NaN }, 'summaryLimit must be a whole number from 0 to 1900, got NaN'],
    [
      { acquireSpans: null as unknown as 'always' },
      'acquireSpans must be "waited", "always", "never", got null',
    ],
    [
      { ignore: [''] },
      'ignore must be a list of query summaries such as ["BEGIN", "SELECT jobs"], or a function, got an object',
    ],
    [{ poolNames: { shop: '' } }, 'poolNames must be pool names by default name'],
    [{ slowAfter: [5, 1] }, 'slowAfter must be up to 20 numbers of seconds above 0, in ascending order'],
    [{ slowAfter: [1, 1] }, 'got [1, 1]'],
    [{ slowAfter: [0] }, 'got [0]'],
    [{ slowAfter: [-1, 5] }, 'got [-1, 5]'],
    [{ slowAfter: [1, Number.NaN] }, 'got [1, NaN]'],
    [
      { slowAfter: Array.from({ length: 100 }, (_, index) => index + 1) },
      'slowAfter must be up to 20 numbers',
    ],
    [
      { slowAfter: '1,5' as unknown as number[] },
      'such as [1, 5] (in the environment: 1,5), or none of them',
    ],
    [{ slowAfterOf: { pools: { reports: [60, 30] } } }, 'slowAfterOf must be limits by name such as'],
    [{ slowAfterOf: { reports: [60] } as object }, 'slowAfterOf must be limits by name such as'],
    [{ heldAfter: 0 }, 'heldAfter must be a number of seconds above 0, or none, got 0'],
    [{ heldAfter: 'never' as 'none' }, 'heldAfter must be a number of seconds above 0, or none, got "never"'],
    [{ heldAfterOf: { workers: -1 } }, 'heldAfterOf must be seconds above 0, or none, by pool name such as'],
    [
      { heldAfterOf: 30 as unknown as Record<string, number> },
      'heldAfterOf must be seconds above 0, or none',
    ],
    [
      { repeatInterval: Number.POSITIVE_INFINITY },
      'repeatInterval must be a number of seconds above 0, got Infinity',
    ],
    [
      { diagnose: 'off' as unknown as boolean },
      'diagnose must be true or false (in the environment: on or off)',
    ],
    [{ requestHook: 'log' as unknown as () => void }, 'requestHook must be a function, got "log"'],
    [
      { enhancedDatabaseReporting: true } as PostgresInstrumentationConfig,
      'enhancedDatabaseReporting is not an option of PostgresInstrumentation; options are enabled, statementText',
    ],
  ];
  for (const [config, message] of mistakes) {
    it(message, () => {
      expect(() => configure(config, {})).toThrow(TypeError);
      expect(() => configure(config, {})).toThrow(message);
    });
  }
});

it('names the option that was probably meant', () => {
  expect(() => configure({ slowafter: [1] } as object, {})).toThrow(
    'slowafter is not an option of PostgresInstrumentation (did you mean slowAfter?); options are',
  );
});

describe('a variable that does not exist causes one warning that names the nearest', () => {
  it.each([
    ['PG_OTEL_SLOWAFTER', ' (did you mean PG_OTEL_SLOW_AFTER?)'],
    ['PG_OTEL_SLOW', ' (did you mean PG_OTEL_SLOW_AFTER?)'],
    ['pg_otel_held_after', ' (did you mean PG_OTEL_HELD_AFTER?)'],
    ['PGOTEL_IGNORE', ' (did you mean PG_OTEL_IGNORE?)'],
    ['PG_OTEL_COLOUR_OF_THE_SKY', ''],
  ])('%s', (name, meant) => {
    const emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    emitted.mockClear();
    jest.isolateModules(() => {
      const fresh = jest.requireActual<typeof import('./configuration')>('./configuration');
      expect(fresh.configure({}, { [name]: 'hunter2' })).toEqual(DEFAULTS);
      fresh.configure({}, { [name]: 'hunter2' });
    });
    expect(emitted.mock.calls).toEqual([
      [
        `${name} (from the environment) is not a setting of pg-otel and has no effect${meant}`,
        { type: 'PgOtelWarning', code: 'PG_OTEL_INVALID_OPTION' },
      ],
    ]);
  });

  it('ignores variables that Kubernetes sets for a service of that name', () => {
    const emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    emitted.mockClear();
    jest.isolateModules(() => {
      const fresh = jest.requireActual<typeof import('./configuration')>('./configuration');
      fresh.configure(
        {},
        {
          PG_OTEL_COLLECTOR_SERVICE_HOST: '10.0.0.7',
          PG_OTEL_COLLECTOR_SERVICE_PORT: '4318',
          PG_OTEL_COLLECTOR_SERVICE_PORT_OTLP_HTTP: '4318',
          PG_OTEL_COLLECTOR_PORT: 'tcp://10.0.0.7:4318',
          PG_OTEL_COLLECTOR_PORT_4318_TCP: 'tcp://10.0.0.7:4318',
          PG_OTEL_COLLECTOR_PORT_4318_TCP_PROTO: 'tcp',
          PG_OTEL_COLLECTOR_PORT_4318_TCP_PORT: '4318',
          PG_OTEL_COLLECTOR_PORT_4318_TCP_ADDR: '10.0.0.7',
        },
      );
    });
    expect(emitted).not.toHaveBeenCalled();
  });

  it('ignores variables of other parts of pg-otel', () => {
    const emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    emitted.mockClear();
    jest.isolateModules(() => {
      const fresh = jest.requireActual<typeof import('./configuration')>('./configuration');
      fresh.configure(
        {},
        {
          PG_OTEL_BRIDGE_TOKEN: 'x',
          PG_OTEL_INSTRUMENTATIONS: 'none',
          PG_OTEL_INSIGHTS: '4500',
          PG_OTEL_MANAGE_POOLS: 'act',
          PGHOST: 'x',
        },
      );
    });
    expect(emitted).not.toHaveBeenCalled();
  });
});

it('can have no limits at all', () => {
  expect(configure({ heldAfter: 'none' }, {}).heldAfter).toBe('none');
  expect(configure({}, { PG_OTEL_HELD_AFTER: 'none' }).heldAfter).toBe('none');
  expect(configure({ slowAfter: [] }, {}).slowAfter).toEqual([]);
  expect(configure({}, { PG_OTEL_SLOW_AFTER: 'none' }).slowAfter).toEqual([]);
});

describe('invalid limits in the environment', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1).join();
  for (const text of ['fast', '0', '-1,5', '5,1', '1,,5', '1;5', hundred]) {
    it(`such as ${text.slice(0, 20)} cause a warning that names the variable, and the default`, () => {
      const emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
      jest.isolateModules(() => {
        const fresh = jest.requireActual<typeof import('./configuration')>('./configuration');
        expect(fresh.configure({}, { PG_OTEL_SLOW_AFTER: text }).slowAfter).toEqual([1, 5]);
      });
      expect(emitted).toHaveBeenCalledWith(
        expect.stringMatching(
          /^PG_OTEL_SLOW_AFTER must be up to 20 numbers of seconds above 0, in ascending order/,
        ),
        { type: 'PgOtelWarning', code: 'PG_OTEL_INVALID_OPTION' },
      );
      emitted.mockRestore();
    });
  }
});

it('an invalid variable causes one warning, and the default', () => {
  const emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const configuration = configure({}, { PG_OTEL_SUMMARY_LIMIT: 'many', PG_OTEL_STATEMENT_TEXT: 'off' });
  expect(configuration).toEqual({ ...DEFAULTS, statementText: 'off' });
  const message =
    'PG_OTEL_SUMMARY_LIMIT must be a whole number from 0 to 1900, got "many" (from the environment); the default is used';
  expect(emitted).toHaveBeenCalledWith(message, { type: 'PgOtelWarning', code: 'PG_OTEL_INVALID_OPTION' });
  expect(warnings()).toEqual([{ code: 'PG_OTEL_INVALID_OPTION', message }]);
  emitted.mockRestore();
});

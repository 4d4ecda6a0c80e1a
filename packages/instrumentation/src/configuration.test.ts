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
  exceptionMessages: false,
  requestHook: undefined,
  responseHook: undefined,
};

it('has a default for every option', () => {
  expect(configure({}, {})).toEqual(DEFAULTS);
});

it('takes every option that is not a function from the environment', () => {
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
      PG_OTEL_SQL_COMMENTS: 'true',
      PG_OTEL_SUMMARY_LIMIT: '10',
      PG_OTEL_EXCEPTION_MESSAGES: 'true',
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
    sqlComments: true,
    summaryLimit: 10,
    exceptionMessages: true,
    requestHook: undefined,
    responseHook: undefined,
  });
  expect(ENVIRONMENT_VARIABLES).toHaveLength(10);
});

it('prefers what is given in code, and ignores what is empty', () => {
  const environment = { PG_OTEL_STATEMENT_TEXT: 'off', PG_OTEL_ACQUIRE_SPANS: ' ' };
  expect(configure({ statementText: 'auto' }, environment)).toEqual(DEFAULTS);
});

describe('a mistake in code is answered with the option and what is accepted', () => {
  const mistakes: [PostgresInstrumentationConfig, string][] = [
    [{ statementText: 'raw' as 'auto' }, 'statementText must be "auto", "sanitized", "off", got "raw"'],
    [{ parameters: 1 as unknown as boolean }, 'parameters must be true or false, got 1'],
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
    [{ poolNames: { shop: '' } }, 'poolNames must be names by default name'],
    [{ requestHook: 'log' as unknown as () => void }, 'requestHook must be a function, got "log"'],
    [
      { enhancedDatabaseReporting: true } as PostgresInstrumentationConfig,
      'enhancedDatabaseReporting is no option of PostgresInstrumentation; options are enabled, statementText',
    ],
  ];
  for (const [config, message] of mistakes) {
    it(message, () => {
      expect(() => configure(config, {})).toThrow(TypeError);
      expect(() => configure(config, {})).toThrow(message);
    });
  }
});

it('answers a mistake in the environment with one warning, and the default', () => {
  const emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const configuration = configure({}, { PG_OTEL_SUMMARY_LIMIT: 'many', PG_OTEL_STATEMENT_TEXT: 'off' });
  expect(configuration).toEqual({ ...DEFAULTS, statementText: 'off' });
  const message =
    'PG_OTEL_SUMMARY_LIMIT must be a whole number from 0 to 1900, got "many" (from the environment); it is not applied';
  expect(emitted).toHaveBeenCalledWith(message, { type: 'PgOtelWarning', code: 'PG_OTEL_INVALID_OPTION' });
  expect(warnings()).toEqual([{ code: 'PG_OTEL_INVALID_OPTION', message }]);
  emitted.mockRestore();
});

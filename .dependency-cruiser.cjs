// Which way the dependencies go. The table of packages: docs/explanation/architecture.md.
// Sources are read as they are, imports of types included; the build is read for circles, where types are gone.
const instrumentation = 'packages/instrumentation/src';

/** What each package may import of the others. `pg-otel` may import all but the testkit. */
const mayImport = {
  instrumentation: [],
  'pool-sizing': [],
  pool: ['pool-sizing', 'instrumentation'],
  alerts: [],
  'neon-local': [],
  insights: ['alerts', 'pool-sizing', 'instrumentation/dist/channels'],
  testkit: [],
  'pg-otel': ['instrumentation', 'pool-sizing', 'pool', 'alerts', 'neon-local', 'insights'],
};

const sources = (folder) => ({ path: `^${folder}/`, pathNot: ['\\.test\\.ts$', '/dist/'] });
const rule = (name, from, to) => ({ name, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule(
      'a driver knows nothing of OpenTelemetry nor of an observer',
      sources(`${instrumentation}/drivers`),
      {
        path: [`^${instrumentation}/observers/`, 'node_modules/@opentelemetry/'],
      },
    ),
    rule('an observer knows nothing of a driver', sources(`${instrumentation}/observers`), {
      path: `^${instrumentation}/drivers/`,
    }),
    rule(
      'the edge reaches nothing of Node’s',
      { path: `^${instrumentation}/edge\\.ts$` },
      {
        path: `^${instrumentation}/node/|@opentelemetry/instrumentation/|^(async_hooks|buffer|diagnostics_channel|module|net|timers|url|util)$`,
        reachable: true,
      },
    ),
    rule('sql stands alone', sources(`${instrumentation}/sql`), { pathNot: `^${instrumentation}/sql/` }),
    rule('the instrumentation needs OpenTelemetry’s two peers and nothing else', sources(instrumentation), {
      path: 'node_modules/',
      pathNot: 'node_modules/@opentelemetry/(api|instrumentation)/',
    }),
    ...Object.entries(mayImport).map(([name, allowed]) =>
      rule(`what ${name} imports`, sources(`packages/${name}/src`), {
        path: '^packages/',
        pathNot: [name, ...allowed].map((path) => `^packages/${path}[/.]`),
      }),
    ),
    rule(
      'a package that the table lists',
      { path: '^packages/([^/]+)/', pathNot: `^packages/(${Object.keys(mayImport).join('|')})/` },
      {},
    ),
    rule(
      'an example imports published names only',
      { path: '^examples/([^/]+)/' },
      {
        path: '^(packages|examples|scripts|test|bench)/',
        pathNot: ['^examples/$1/', '^packages/[^/]+/dist/'],
      },
    ),
    rule('an example does not know the testkit', { path: '^examples/' }, { path: '^packages/testkit/' }),
    rule('no circle', { path: '/dist/' }, { circular: true }),
    rule('no import that leads nowhere', {}, { couldNotResolve: true }),
  ],
  options: {
    parser: 'swc', // TypeScript 7 has no API to parse with
    doNotFollow: { path: 'node_modules' },
    // The packages of test/major-versions, and the programs that run there, are not installed here.
    exclude: {
      path: [
        '\\.d\\.ts$',
        '^test/major-versions/',
        '^packages/(instrumentation|pool)/test/orms/programs/',
        '^packages/instrumentation/test/edge/workers/',
        '^test/setups/applications/',
        '^examples/(nextjs|nestjs-typeorm)/',
      ],
    },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};

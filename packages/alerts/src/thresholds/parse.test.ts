import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { stringify } from 'yaml';
import type { Rule } from '../rules/rule';
import { parseThresholds } from './parse';
import { ThresholdsError } from './problem';

const shipped = path.resolve(__dirname, '../../../../collector-config/thresholds.yaml');

const HEAD = `receivers:
  pager: {webhook_configs: [{url: 'http://127.0.0.1/pager'}]}
  chat: {}
notify: {critical: pager, warning: chat, info: chat}
`;

/** A file with these rules. */
function file(rules: object, more: object = {}): string {
  return HEAD + stringify({ rules, ...more });
}

const slow = (...levels: object[]) => ({ watch: 'slow-operation', operations: ['query'], levels });
const target = (level: object = {}) => ({
  watch: 'share-within',
  operations: ['query'],
  levels: [{ severity: 'warning', within: '50ms', share: '95%', ...level }],
});

function problemsOf(text: string): string[] {
  try {
    parseThresholds(text, 'limits.yaml');
  } catch (error) {
    if (error instanceof ThresholdsError) return error.message.split('\n');
    throw error;
  }
  throw new Error('it was accepted');
}

/** Messages without file, line and column. */
const messagesOf = (text: string) =>
  problemsOf(text).map((line) => line.replace(/^limits\.yaml:\d+:\d+: /, ''));

describe('the shipped thresholds', () => {
  const { rules } = parseThresholds(readFileSync(shipped, 'utf8'), shipped);
  const levelsOf = (name: string) => rules.find((rule) => rule.name === name)?.variants.at(-1)?.levels;

  it('alert for a query at 1 s and 5 s, without delay', () => {
    expect(levelsOf('PostgresQuerySlow')).toMatchObject([
      { severity: 'warning', overSeconds: 1, forSeconds: 0 },
      { severity: 'critical', overSeconds: 5, forSeconds: 0 },
    ]);
  });

  it('have targets of 50 ms for queries and 100 ms for connections', () => {
    expect(levelsOf('PostgresQueryTarget')).toMatchObject([{ withinSeconds: 0.05, share: 0.95 }]);
    expect(levelsOf('PostgresConnectionTarget')).toMatchObject([{ withinSeconds: 0.1, share: 0.95 }]);
  });

  it('alert for a pool at 80 % and 95 %', () => {
    expect(levelsOf('PostgresPoolUtilization')).toMatchObject([
      { severity: 'warning', over: 0.8 },
      { severity: 'critical', over: 0.95 },
    ]);
  });

  it('have one level for each kind of failure', () => {
    const failures = levelsOf('PostgresConnectionFailed')?.flatMap((level) =>
      'failures' in level ? level.failures : [],
    );
    expect(failures?.toSorted()).toEqual(['authentication', 'other', 'refused', 'timeout', 'too_many']);
  });

  it('do not page for a single failure among successes', () => {
    for (const name of ['PostgresConnectionFailed', 'PostgresPoolTimeout']) {
      for (const level of levelsOf(name) ?? []) expect(level).toMatchObject({ atLeast: 3 });
    }
  });

  it('alert for a connection that is held for 30 s', () => {
    expect(levelsOf('PostgresConnectionHeld')).toMatchObject([{ overSeconds: 30 }]);
  });
});

describe('a default', () => {
  const only = (text: string): Rule => parseThresholds(text).rules[0] as Rule;

  it('is set for each optional setting', () => {
    expect(only(file({ Slow: slow({ severity: 'warning', over: '1s' }) }))).toEqual({
      name: 'Slow',
      watch: 'slow-operation',
      operations: ['query'],
      variants: [
        {
          match: {},
          levels: [
            {
              severity: 'warning',
              overSeconds: 1,
              hasBackstop: true,
              forSeconds: 0,
              keepFiringSeconds: 0,
              labels: {},
              runbookUrl: undefined,
              receiver: undefined,
            },
          ],
        },
      ],
    });
  });

  it('for a share is a window of 5 minutes with at least 20 operations', () => {
    expect(only(file({ Target: target() })).variants[0]?.levels[0]).toMatchObject({
      windowSeconds: 300,
      atLeast: 20,
    });
  });

  it('for a level may be set at its rule', () => {
    const rule = {
      ...slow(
        { severity: 'warning', over: '1s', labels: { tier: 'b' }, receiver: 'pager' },
        { severity: 'critical', over: '5s', runbook: 'https://example.com/critical' },
      ),
      labels: { team: 'shop', tier: 'a' },
      runbook: 'https://example.com/slow',
      receiver: 'chat',
    };
    expect(only(file({ Slow: rule })).variants[0]?.levels).toMatchObject([
      { labels: { team: 'shop', tier: 'b' }, receiver: 'pager', runbookUrl: 'https://example.com/slow' },
      { labels: { team: 'shop', tier: 'a' }, receiver: 'chat', runbookUrl: 'https://example.com/critical' },
    ]);
  });

  it('for a runbook is the section of the rule in the page', () => {
    const text = file(
      { SlowOne: slow({ severity: 'warning', over: '1s' }) },
      { runbooks: 'https://example.com/page' },
    );
    expect(only(text).variants[0]?.levels[0]?.runbookUrl).toBe('https://example.com/page#slowone');
  });
});

it('a file may contain two thousand rules', () => {
  const rule = () => ({ watch: 'pool-utilization', levels: [{ severity: 'warning', over: '80%' }] });
  const rules = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`PoolFull${index}`, rule()]));
  expect(parseThresholds(file(rules)).rules).toHaveLength(2000);
});

describe('values', () => {
  it.each([
    ['1ms', 0.001],
    ['100ms', 0.1],
    ['0.5s', 0.5],
    ['1s', 1],
    ['5s', 5],
  ])('parses %s as %d seconds', (over, seconds) => {
    const { rules } = parseThresholds(file({ Slow: slow({ severity: 'warning', over }) }));
    expect(rules[0]?.variants[0]?.levels[0]).toMatchObject({ overSeconds: seconds });
  });

  it.each(['2m', '1h'])('accepts %s as a limit without a backstop', (over) => {
    const level = { severity: 'warning', over, backstop: false };
    expect(() => parseThresholds(file({ Slow: slow(level) }))).not.toThrow();
  });

  it.each([
    ['80%', 0.8],
    ['99.9%', 0.999],
    ['0.1%', 0.001],
    ['100%', 1],
  ])('parses %s as %d', (share, value) => {
    const { rules } = parseThresholds(file({ Target: target({ share }) }));
    expect(rules[0]?.variants[0]?.levels[0]).toMatchObject({ share: value });
  });

  it.each([
    ['over', 1, 'a duration such as 500ms, 30s, 5m or 1h'],
    ['over', '1 s', 'a duration such as 500ms, 30s, 5m or 1h'],
    ['over', '-1s', 'a duration such as 500ms, 30s, 5m or 1h'],
    ['over', '0s', 'above 0'],
    ['severity', 'fatal', 'one of info, warning, critical'],
    ['backstop', 'yes', 'true or false'],
    ['receiver', 'nobody', 'one of the receivers pager, chat'],
    ['runbook', 'not a page', 'a URL'],
  ])('rejects the %s %j and names the accepted values', (name, value, accepted) => {
    const level = { severity: 'warning', over: '1s', [name]: value };
    expect(messagesOf(file({ Slow: slow(level) }))).toEqual([
      `rules.Slow.levels[0].${name} must be ${accepted}`,
    ]);
  });

  it.each([0.8, '80', '101%', '-1%'])('rejects %j as a share', (share) => {
    expect(messagesOf(file({ Target: target({ share }) }))).toEqual([
      'rules.Target.levels[0].share must be a share from 0% to 100% such as 80%',
    ]);
  });

  it.each([
    [
      'over',
      { watch: 'pool-utilization', levels: [{ severity: 'warning', over: '100%' }] },
      'below 100%: no share is above 100%',
    ],
    [
      'over',
      { watch: 'collector-queue', levels: [{ severity: 'warning', over: '100%' }] },
      'below 100%: no share is above 100%',
    ],
    ['share', target({ share: '0%' }), 'above 0%: no share is below 0%'],
    ['window', target({ window: '10s' }), 'at least 1m'],
  ])('rejects a level that could never fire because of its %s', (setting, rule, accepted) => {
    expect(messagesOf(file({ Never: rule }))).toEqual([
      `rules.Never.levels[0].${setting} must be ${accepted}`,
    ]);
  });

  it.each([
    ['a rule', '\n  __proto__: {watch: pool-pending, levels: []}', 'rules'],
    ['a setting of a rule', '\n  Slow: {__proto__: {watch: slow-operation}}', 'rules.Slow'],
  ])('rejects __proto__ as the name of %s', (_, rules, place) => {
    expect(messagesOf(`${HEAD}rules:${rules}\n`)).toEqual([`${place} must not contain the key __proto__`]);
  });

  it('rejects a receiver with a name setting', () => {
    const text = file({ Slow: slow({ severity: 'warning', over: '1s' }) });
    expect(messagesOf(text.replace('chat: {}', 'chat: {name: other}'))).toEqual([
      'receivers.chat must not contain name: the key is the name',
    ]);
  });

  it.each(['alertname', 'severity', 'pool', 'db_query_summary'])('rejects %s as a label', (name) => {
    const level = { severity: 'warning', over: '1s', labels: { [name]: 'mine' } };
    expect(messagesOf(file({ Slow: slow(level) }))[0]).toMatch(
      /^rules\.Slow\.levels\[0\]\.labels.* must not be one of/,
    );
  });

  it.each(['with-dash', '1st', '__own', ''])('rejects %j as the name of a label', (name) => {
    const level = { severity: 'warning', over: '1s', labels: { [name]: 'mine' } };
    expect(messagesOf(file({ Slow: slow(level) }))[0]).toMatch(/must have a name of letters, digits and _/);
  });
});

describe('a limit that is not a bucket edge', () => {
  it.each([
    ['6s', 'the nearest edges are 5s and 10s'],
    ['30s', 'the nearest edge is 10s'],
  ])('is rejected with the nearest edges: %s', (over, nearest) => {
    expect(messagesOf(file({ Slow: slow({ severity: 'warning', over }) }))).toEqual([
      `rules.Slow.levels[0].over must be a bucket edge of db.client.operation.duration: ${nearest}; or set backstop: false, so that Prometheus does not evaluate the level`,
    ]);
  });

  it('is compared with the histogram of its operations', () => {
    const connect = (within: string) => ({ ...target({ within }), operations: ['connect'] });
    expect(() => parseThresholds(file({ Target: connect('250ms') }))).not.toThrow();
    expect(messagesOf(file({ Target: target({ within: '250ms' }) }))).toEqual([
      'rules.Target.levels[0].within must be a bucket edge of db.client.operation.duration: the nearest edges are 0.1s and 0.5s',
    ]);
  });

  it('is rejected in an override as well', () => {
    const overrides = [
      { match: { service: 'reports' }, rules: { Slow: { levels: [{ severity: 'warning', over: '30s' }] } } },
    ];
    expect(messagesOf(file({ Slow: slow({ severity: 'warning', over: '1s' }) }, { overrides }))).toEqual([
      expect.stringMatching(/^overrides\[0\]\.rules\.Slow\.levels\[0\]\.over must be a bucket edge/),
    ]);
  });
});

describe('overrides', () => {
  const rules = { Slow: slow({ severity: 'warning', over: '1s' }), Target: target() };

  it('precede the levels of the rule, in their order', () => {
    const overrides = [
      { match: { service: 'reports' }, rules: { Slow: 'off' } },
      {
        match: { database: 'archive', environment: 'production' },
        rules: { Slow: { levels: [{ severity: 'info', over: '5s' }] } },
      },
    ];
    expect(parseThresholds(file(rules, { overrides })).rules[0]?.variants).toMatchObject([
      { match: { service: 'reports' }, levels: [] },
      {
        match: { database: 'archive', environment: 'production' },
        levels: [{ severity: 'info', overSeconds: 5 }],
      },
      { match: {}, levels: [{ severity: 'warning', overSeconds: 1 }] },
    ]);
  });

  it.each([
    [
      'of a rule that is not there',
      { service: 'a' },
      { Fast: 'off' },
      'rules.Fast is not a rule of this file; the rules are Slow, Target',
    ],
    ['for nobody', {}, { Slow: 'off' }, 'match must name a service, an environment, a database or a pool'],
    ['by something else', { service: 'a', host: 'b' }, { Slow: 'off' }, 'match.host is not a setting here'],
    [
      'that is neither',
      { service: 'a' },
      { Slow: 'on' },
      'rules.Slow must be off, or levels like those of the rule',
    ],
    [
      'with levels of another kind',
      { service: 'a' },
      { Slow: { levels: [{ severity: 'warning', over: '80%' }] } },
      'rules.Slow.levels[0].over must be a duration such as 500ms, 30s, 5m or 1h',
    ],
    [
      'by a pool where the histogram has none',
      { pool: 'a' },
      { Target: 'off' },
      'rules.Target must not match a pool: db.client.operation.duration has no pool attribute',
    ],
  ])('are rejected %s', (_what, match, given, message) => {
    expect(messagesOf(file(rules, { overrides: [{ match, rules: given }] }))).toEqual([
      `overrides[0].${message}`,
    ]);
  });

  it('are rejected for rules on the collector', () => {
    const queue = { watch: 'collector-queue', levels: [{ severity: 'warning', over: '50%' }] };
    const overrides = [{ match: { service: 'a' }, rules: { Queue: 'off' } }];
    expect(messagesOf(file({ Queue: queue }, { overrides }))).toEqual([
      'overrides[0].rules.Queue must not be overridden: the rule watches the collector or the bridge',
    ]);
  });
});

describe('rejected combinations', () => {
  it('are two that watch the same events', () => {
    const rules = {
      One: slow({ severity: 'warning', over: '1s' }),
      Two: slow({ severity: 'critical', over: '5s' }),
    };
    expect(messagesOf(file(rules))).toEqual([
      'rules.Two must not watch slow operations of the kind query: One already watches them',
    ]);
  });

  it('are two levels of the same severity', () => {
    const rule = slow({ severity: 'warning', over: '1s' }, { severity: 'warning', over: '5s' });
    expect(messagesOf(file({ Slow: rule }))).toEqual([
      'rules.Slow.levels must have each severity at most once',
    ]);
  });

  it('are different limits for held connections', () => {
    const levels = [
      { severity: 'warning', over: '30s' },
      { severity: 'critical', over: '60s' },
    ];
    expect(messagesOf(file({ Held: { watch: 'held-connection', levels } }))).toEqual([
      'rules.Held.levels[1].over must be 30s as in other levels: an application has one limit for held connections',
    ]);
  });

  it('are more limits than an application accepts', () => {
    const override = (index: number) => ({
      match: { service: `service ${index}` },
      rules: { Slow: { levels: [{ severity: 'warning', over: `${index}m`, backstop: false }] } },
    });
    const overrides = Array.from({ length: 20 }, (_, index) => override(index + 1));
    const text = (some: object[]) =>
      file({ Slow: slow({ severity: 'warning', over: '1s' }) }, { overrides: some });
    expect(() => parseThresholds(text(overrides.slice(1)))).not.toThrow();
    expect(messagesOf(text(overrides))).toEqual(['rules.Slow must not raise the number of limits above 20']);
  });

  it.each([
    ['share', target()],
    ['rule of slow operations', slow({ severity: 'warning', over: '1s' })],
    ['rule that Prometheus does not repeat', slow({ severity: 'warning', over: '7s', backstop: false })],
  ])('are operations of two histograms in one %s', (_what, rule) => {
    expect(messagesOf(file({ Mixed: { ...rule, operations: ['query', 'acquire'] } }))).toContain(
      'rules.Mixed.operations must share one histogram: query and batch, or connect, or acquire',
    );
  });
});

describe('a mistake', () => {
  it('is reported with file, line and column, together with all others', () => {
    const text = `${HEAD}rules:
  Slow:
    watch: slow-operation
    operations: [query, quary]
    levels:
      - {severity: warning, over: soon}
`;
    expect(problemsOf(text)).toEqual([
      'limits.yaml:8:25: rules.Slow.operations[1] must be one of query, batch, connect, acquire',
      'limits.yaml:10:29: rules.Slow.levels[0].over must be a duration such as 500ms, 30s, 5m or 1h',
    ]);
  });

  it('is an unknown setting', () => {
    const level = { severity: 'warning', over: '1s', unless: 'night' };
    expect(messagesOf(file({ Slow: slow(level) }))).toEqual([
      'rules.Slow.levels[0].unless is not a setting here',
    ]);
  });

  it('is `for` in a rule on log events', () => {
    const level = { severity: 'warning', over: '1s', for: '1m' };
    expect(messagesOf(file({ Slow: slow(level) }))).toEqual([
      'rules.Slow.levels[0].for is not a setting here',
    ]);
  });

  it('is an unknown `watch`', () => {
    const rule = { watch: 'weather', levels: [{ severity: 'warning' }] };
    expect(messagesOf(file({ Rain: rule }))).toEqual([
      expect.stringMatching(/^rules\.Rain\.watch must be one of slow-operation, failed-operation, /),
    ]);
  });

  it('is an invalid rule name', () => {
    expect(messagesOf(file({ 'slow query': slow({ severity: 'warning', over: '1s' }) }))).toEqual([
      'rules.slow query must have a name of letters and digits that starts with a capital letter',
    ]);
  });

  it('is a tab, reported once although the parser misreads all later lines', () => {
    const lines = readFileSync(shipped, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.startsWith('    levels:'));
    for (const indent of ['\t', '  \t']) {
      const text = [...lines.slice(0, at), `${indent}levels:`, ...lines.slice(at + 1)].join('\n');
      expect(problemsOf(text)).toEqual([
        `limits.yaml:${at + 1}:${indent.length}: is not YAML: the line is indented by a tab, use spaces`,
      ]);
    }
  });

  it.each([
    ['a tab', 'rules:\n\t- a'],
    ['a key twice', `${HEAD}rules: {}\nrules: {}\n`],
  ])('is invalid YAML: %s', (_what, text) => {
    expect(problemsOf(text)[0]).toMatch(/^limits\.yaml:\d+:\d+: is not YAML: /);
  });

  it.each(['', 'text', '[]', 'null'])('is %j instead of thresholds', (text) => {
    expect(problemsOf(text)).toEqual(['limits.yaml:1:1: must be a map with receivers, notify and rules']);
  });

  it('is a missing setting', () => {
    expect(messagesOf('rules: {}')).toEqual([
      'receivers must be a map of receivers by name',
      'notify must name a receiver for info, warning and critical',
    ]);
  });

  it('is found in linear time in a map of 20,000 keys', () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}:`).join('\n');
    expect(messagesOf(keys)[0]).toBe('receivers must be a map of receivers by name');
    expect(problemsOf(`${keys}\nk0:`)).toEqual(['limits.yaml:20001:1: is not YAML: Map keys must be unique']);
  });

  it('is an exponential expansion of aliases', () => {
    const bomb = `a: &a [${'x,'.repeat(20)}]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`;
    expect(messagesOf(bomb)).toEqual([expect.stringMatching(/^cannot be read: /)]);
  });

  const anchors = Array.from({ length: 9_000 }, (_, index) => `a${index}`);
  it.each([
    ['itself by an anchor', 'a: &a [*a]', 'a[0] must not contain itself'],
    [
      'itself in a receiver',
      file({}).replace(/^receivers:$/m, 'receivers:\n  hook: &hook { webhook_configs: [*hook] }'),
      'receivers.hook.webhook_configs[0] must not contain itself',
    ],
    ['brackets without end', '['.repeat(60_000), 'is nested too deeply'],
    ['lists without end', '- '.repeat(60_000), 'is nested too deeply'],
    ['keys without end', '? '.repeat(60_000), 'is nested too deeply'],
    ['maps without end', '{a: '.repeat(50_000), 'is nested too deeply'],
    [
      'more levels than anybody needs',
      `a: ${'['.repeat(60)}${']'.repeat(60)}`,
      expect.stringMatching(/^a(\[0\])+ must not be nested deeper than 50 levels$/),
    ],
    ['a mebibyte', ' '.repeat(1_048_576), 'must be at most 262144 characters, has 1048576'],
    [
      'a text that every rule would repeat',
      `runbooks: https://x/${'y'.repeat(9000)}`,
      'runbooks must be at most 8192 characters, has 9010',
    ],
    ['a key as long', `? ${'y'.repeat(9000)}\n: 1`, 'must not contain a key of more than 8192 characters'],
    ['a list of commas', `x: [${','.repeat(200_000)}]`, 'must have at most 50000 keys and elements'],
    [
      'aliases of 9,000 anchors',
      `x: [${anchors.map((name) => `&${name} 1`)}]\ny: [${anchors.map((name) => `*${name}`)}]\n`,
      'must have at most 100 aliases (*name)',
    ],
    [
      'aliases as keys',
      anchors.map((name) => `? &${name} a\n: 1\n? *${name}\n: 2\n`).join(''),
      'must have at most 100 aliases (*name)',
    ],
    ['more documents', 'a: 1\n---\nb: 2\n', 'is not YAML: the file has more than one document'],
  ])('is %s', (_, text, message) => {
    expect(messagesOf(text)).toEqual([message]);
  });

  it.each([
    ['DEL', '\\x7f', 'U+007F'],
    ['NEL', '\\x85', 'U+0085'],
    ['a line separator', '\\u2028', 'U+2028'],
    ['an escape', '\\x1b', 'U+001B'],
    ['NUL', '\\0', 'U+0000'],
    ['a carriage return', '\\r', 'U+000D'],
    ['half a character', '\\ud800', 'U+D800'],
    ['a byte order mark', '\\ufeff', 'U+FEFF'],
  ])('is %s in a string, which promtool and amtool cannot read', (_, written, name) => {
    expect(messagesOf(`$schema: "a${written}"\n${file({})}`)).toContain(
      `$schema must not contain the character ${name}`,
    );
    expect(messagesOf(`"a${written}": 1\n${file({})}`)).toContain(
      `must not contain a key with the character ${name}`,
    );
  });

  it('is not a string with several lines or a tab', () => {
    expect(() => parseThresholds(`$schema: "a\\n\\tb"\n${file({})}`)).not.toThrow();
  });

  it('is reported if it is among the first hundred', () => {
    const many = Array.from({ length: 500 }, (_, index) => `k${index}: 1`).join('\n');
    expect(messagesOf(many)).toHaveLength(100);
  });
});

import { readMarks } from './marks';
import { attributes as schema } from './otlp';

function marks(attributes: Readonly<Record<string, unknown>>) {
  return readMarks(
    schema.parse(
      Object.entries(attributes).map(([key, value]) => ({
        key,
        value: typeof value === 'string' ? { stringValue: value } : value,
      })),
    ),
  );
}
const read = (attributes: Readonly<Record<string, unknown>>) => {
  const found = marks({ 'pg_otel.alert.rule': 'PgSlowQuery', ...attributes });
  return {
    labels: Object.fromEntries(found?.labels ?? []),
    annotations: Object.fromEntries(found?.annotations ?? []),
    cut: found?.cut,
  };
};

describe('the marks of a breach', () => {
  it('become labels and annotations; other attributes are ignored', () => {
    expect(
      read({
        'pg_otel.alert.label.severity': 'critical',
        'pg_otel.alert.label.db_namespace': 'shop',
        'pg_otel.alert.annotation.summary': 'slow',
        'pg_otel.alert.severity': 'no',
        'pg_otel.alert.label': 'no',
        'db.namespace': 'no',
      }),
    ).toEqual({
      labels: { alertname: 'PgSlowQuery', severity: 'critical', db_namespace: 'shop' },
      annotations: { summary: 'slow' },
      cut: [],
    });
  });

  it.each([
    ['there is no rule', {}],
    ['the rule is empty', { 'pg_otel.alert.rule': '' }],
    ['the rule is a list', { 'pg_otel.alert.rule': { arrayValue: {} } }],
    ['the rule has no value', { 'pg_otel.alert.rule': {} }],
  ])('are ignored if %s', (_, attributes) => {
    expect(marks({ ...attributes, 'pg_otel.alert.label.severity': 'critical' })).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['a string', { stringValue: 'x' }, 'x'],
    ['a 64-bit integer', { intValue: '9007199254740993' }, '9007199254740993'],
    ['an integer', { intValue: 3 }, '3'],
    ['a number', { doubleValue: 0.25 }, '0.25'],
    ['NaN', { doubleValue: 'NaN' }, 'NaN'],
    ['a boolean', { boolValue: false }, 'false'],
  ])('may be %s', (_, value, text) => {
    expect(read({ 'pg_otel.alert.annotation.elapsed': value }).annotations).toEqual({ elapsed: text });
  });

  it('leave out empty values without counting them', () => {
    const found = read({ 'pg_otel.alert.label.pool': '', 'pg_otel.alert.label.failure': {} });
    expect(found).toEqual({ labels: { alertname: 'PgSlowQuery' }, annotations: {}, cut: [] });
  });

  it.each([
    ['pg_otel.alert.label.team-name', 'x', { field: 'label', reason: 'name' }],
    ['pg_otel.alert.label.1st', 'x', { field: 'label', reason: 'name' }],
    ['pg_otel.alert.label.', 'x', { field: 'label', reason: 'name' }],
    [`pg_otel.alert.label.${'a'.repeat(129)}`, 'x', { field: 'label', reason: 'name' }],
    ['pg_otel.alert.annotation.a.b', 'x', { field: 'annotation', reason: 'name' }],
    ['pg_otel.alert.label.tags', { arrayValue: {} }, { field: 'label', reason: 'type' }],
    ['pg_otel.alert.annotation.raw', { bytesValue: 'AQI=' }, { field: 'annotation', reason: 'type' }],
  ])('leave out and count %s', (key, value, cut) => {
    expect(read({ [key]: value })).toEqual({
      labels: { alertname: 'PgSlowQuery' },
      annotations: {},
      cut: [cut],
    });
  });

  it('name the alert after the rule, regardless of its labels', () => {
    expect(read({ 'pg_otel.alert.label.alertname': 'Other' }).labels).toEqual({ alertname: 'PgSlowQuery' });
  });

  it('accept __proto__ and similar names as label names', () => {
    expect(JSON.stringify(read({ 'pg_otel.alert.label.__proto__': 'x' }).labels)).toBe(
      '{"__proto__":"x","alertname":"PgSlowQuery"}',
    );
  });

  it.each([
    ['label', 'pg_otel.alert.label.long', 1024],
    ['annotation', 'pg_otel.alert.annotation.long', 4096],
  ])('truncate a long %s without splitting a character', (field, key, most) => {
    const { labels, annotations, cut } = read({ [key]: `${'x'.repeat(most - 2)}👍👍` });
    expect(cut).toEqual([{ field, reason: 'length' }]);
    expect({ ...labels, ...annotations }['long']).toBe(`${'x'.repeat(most - 2)}…`);
    expect(read({ [key]: 'x'.repeat(most) }).cut).toEqual([]);
  });

  it('are limited in number', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`pg_otel.alert.label.l${i}`, 'x']));
    const { labels, cut } = read(many);
    expect(Object.keys(labels)).toHaveLength(33);
    expect(cut).toEqual(Array(8).fill({ field: 'label', reason: 'number' }));
  });
});

import { isShadowed, restricted } from './variants';

const above = [{ metric: 'x', comparison: '> 1' }];

describe('a variant', () => {
  it('has the matchers of its match', () => {
    expect(restricted(above, { match: { service: 'a "b"', pool: 'p' }, earlier: [] })).toBe(
      'x{service_name="a \\"b\\"", pool="p"} > 1',
    );
  });

  it('excludes series that earlier variants match', () => {
    const earlier = [{ service: 'a', database: 'd' }, { pool: 'p' }];
    expect(restricted(above, { match: {}, earlier })).toBe(
      'x > 1\nunless x{service_name="a", db_namespace="d"}\nunless x{pool="p"}',
    );
  });

  it('does not exclude earlier variants that cannot overlap', () => {
    const earlier = [{ service: 'b' }, { environment: 'dev' }];
    expect(restricted(above, { match: { service: 'a' }, earlier })).toBe(
      'x{service_name="a"} > 1\nunless x{deployment_environment_name="dev"}',
    );
  });

  it('restricts every condition', () => {
    const both = [...above, { metric: 'y', matchers: ['z="1"'], comparison: '> 2', where: 'and n > 3' }];
    expect(restricted(both, { match: { pool: 'p' }, earlier: [{ service: 's' }] })).toBe(
      'x{pool="p"} > 1\nunless x{service_name="s"}\nor\ny{z="1", pool="p"} > 2\nand n > 3\nunless y{service_name="s"}',
    );
  });

  it('is shadowed by an earlier variant that matches everything it matches', () => {
    const match = { service: 'a', pool: 'p' };
    expect(isShadowed({ match, earlier: [{ pool: 'p' }] })).toBe(true);
    expect(isShadowed({ match, earlier: [{ pool: 'q' }, { ...match, database: 'd' }] })).toBe(false);
    expect(isShadowed({ match: {}, earlier: [{ pool: 'p' }] })).toBe(false);
  });
});

import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import { classifyError, classNameOf } from './error-class';

it('anything that is thrown has a type and a class name, both short', () => {
  const member = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.anything(),
    fc.constant('throws' as const),
    fc.constantFrom('alice@example.com', 'E'.repeat(100_001), '23505', 'XX000', 'ECONNREFUSED'),
  );
  const names = ['code', 'message', 'name', 'cause', 'sourceError', 'error', 'constructor'];
  const foreign = fc.record(Object.fromEntries(names.map((name) => [name, member]))).map((members) => {
    const error = new Error('user data');
    for (const [name, value] of Object.entries(members)) {
      Object.defineProperty(error, name, {
        get() {
          if (value === 'throws') throw new Error('mine');
          return value;
        },
      });
    }
    return error;
  });
  fc.assert(
    fc.property(fc.oneof(foreign, fc.anything()), (error) => {
      const { type, description } = classifyError(error);
      for (const text of [type, classNameOf(error)]) expect(text).toMatch(/^[\w$]{1,64}$/);
      expect(description.length).toBeLessThan(200);
    }),
    fuzz(1000),
  );
});

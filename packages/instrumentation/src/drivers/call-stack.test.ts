import vm from 'node:vm';
import { stackBelow } from './call-stack';

const connect = (): string | undefined => stackBelow(connect);

it('names a module of a data: URL without its source', () => {
  const filename = 'data:text/javascript,const password = (SECRET:1); connect()';
  const call = vm.runInThisContext('(function caller(connect) { return connect(); })', { filename });
  const [frame, ...others] = call(connect).split('\n');
  expect(frame).toMatch(/at caller \(data::1:\d+\)$/);
  expect(others.join()).toContain(__filename);
  expect(call(connect)).not.toContain('SECRET');
});

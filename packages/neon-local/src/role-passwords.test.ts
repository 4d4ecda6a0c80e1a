import { RolePasswords } from './role-passwords';

const roles = new RolePasswords({ [`${'r'.repeat(63)}`]: 'expected' });

it('a role logs in with the password that is expected', () => {
  expect(roles.check('r'.repeat(63), { password: 'expected' })).toBe('expected');
  expect(roles.check('r'.repeat(63), { password: 'wrong' })).toBeUndefined();
  expect(roles.check('r'.repeat(63), { token: 'wrong' })).toBeUndefined();
});

it('a name that Postgres would cut is nobody’s', () => {
  expect(roles.check('r'.repeat(64), { token: 'wrong' })).toBeUndefined();
  expect(roles.check('é'.repeat(32), { password: 'any' })).toBeUndefined();
});

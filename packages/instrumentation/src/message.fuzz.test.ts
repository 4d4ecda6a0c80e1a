import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import { MESSAGE_LIMIT, messageWithoutSecrets } from './message';

it('shows no part of a secret, wherever the message is cut', () => {
  const before = fc.constantFrom(
    ...['postgres://app:', 'https://', 'app:', 'password=', 'password%253d', '{\\"password\\":'],
    ...['Basic ', 'Bearer ', 'secret: ', 'x-amz-signature='],
  );
  fc.assert(
    fc.property(before, fc.nat(50), fc.nat(MESSAGE_LIMIT), (mark, more, padding) => {
      const message = `${'x '.repeat(padding / 2)}${mark}${'SECRET'.repeat(1 + more)}@host`;
      expect(messageWithoutSecrets(message)).not.toContain('S');
    }),
    fuzz(1000),
  );
});

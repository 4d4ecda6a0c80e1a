import { once } from 'node:events';
import { HideAuthentication } from './hide-authentication';

describe('what a server sends', () => {
  it('is passed on without its questions to authenticate', async () => {
    const visible = new HideAuthentication();
    visible.end(Buffer.from('R\0\0\0\x08\0\0\0\x03N\0\0\0\x05\0R\0\0\0\x08\0\0\0\0anything', 'latin1'));
    const passed = Buffer.concat(await visible.toArray()).toString('latin1');
    expect(passed).toBe('N\0\0\0\x05\0R\0\0\0\x08\0\0\0\0anything');
  });

  it.each([
    ['zero', 'E\0\0\0\0'],
    ['below zero', 'E\xff\xff\xff\xff'],
    ['four, without what it asks for', 'R\0\0\0\x04'],
  ])('ends when a message has a length of %s', async (_what, bytes) => {
    const visible = new HideAuthentication();
    const failed = once(visible, 'error');
    visible.write(Buffer.from(bytes, 'latin1'));
    expect(await failed).toMatchObject([{ message: 'a message of the server has an invalid length' }]);
  });
});

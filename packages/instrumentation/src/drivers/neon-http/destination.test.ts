import { Target } from '../../target';
import { Destination } from './destination';

/** The warning about connection strings that cannot be parsed is not the subject here. */
beforeAll(() => {
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterAll(() => jest.restoreAllMocks());

const SHOP = 'postgresql://user:secret@db/shop';

it.each([
  [SHOP, SHOP, 'db', 'shop'],
  [SHOP, `${SHOP}?application_name=a`, 'db', 'shop'],
  [`${SHOP}?sslmode=require`, `${SHOP}?sslmode=require&application_name=a`, 'db', 'shop'],
  [SHOP, `${SHOP}s`, 'db', 'shops'],
  [SHOP, `${SHOP}&co`, '[unparsable]', '[unparsable]'],
  ['postgresql://user:secret@db', 'postgresql://user:secret@db.example.com/shop', 'db.example.com', 'shop'],
  [SHOP, 'postgresql://user:secret@other/archive', 'other', 'archive'],
  [SHOP, undefined, 'db', 'shop'],
  [undefined, SHOP, 'db', 'shop'],
])(
  'configured with %s, a request with %s has the target of the request',
  (configured, sent, address, namespace) => {
    const target = new Destination(configured).of(sent);
    expect(target).toMatchObject({ address, namespace });
    expect(target).toBe(new Destination(undefined).of(sent ?? configured));
  },
);

it('is unknown without a connection string', () => {
  expect(new Destination(() => SHOP).of(undefined)).toBe(Target.unknown);
});

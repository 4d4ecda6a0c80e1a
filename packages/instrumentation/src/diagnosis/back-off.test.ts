import { BackOff } from './back-off';
import type { SideFailure } from './contracts';

let time = 0;
let emitWarning: jest.SpyInstance;
beforeEach(() => {
  time = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => time);
  emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => jest.restoreAllMocks());

const refused = (code: string | undefined): SideFailure => ({ phase: 'connect', reason: 'refused', code });

it('asks again after 30 s, after twice the time with each further failure, at most after 10 min', () => {
  const backOff = new BackOff();
  const pauses = Array.from({ length: 7 }, () => {
    backOff.failed(refused('ECONNREFUSED'), []);
    const from = time;
    while (backOff.unavailable !== undefined) time += 1000;
    return (time - from) / 1000;
  });
  expect(pauses).toEqual([30, 60, 120, 240, 480, 600, 600]);
  backOff.succeeded();
  backOff.failed(refused('ECONNREFUSED'), []);
  time += 30_000;
  expect(backOff.unavailable).toBeUndefined();
});

it.each([
  [refused('28P01'), 'a connection was refused (28P01)', true],
  [refused('ERR_TLS_CERT_ALTNAME_INVALID'), 'a connection was refused (ERR_TLS_CERT_ALTNAME_INVALID)', true],
  [refused(undefined), 'a connection was refused', true],
  [{ phase: 'answer', reason: 'refused', code: '42501' }, 'the question was refused (42501)', true],
  [{ phase: 'answer', reason: 'refused', code: '55P03' }, 'the question was refused (55P03)', false],
  [refused('53300'), 'a connection was refused (53300)', false],
  [refused('57P03'), 'a connection was refused (57P03)', false],
  [refused('ECONNREFUSED'), 'a connection was refused (ECONNREFUSED)', false],
  [refused('08006'), 'a connection was refused (08006)', false],
  [refused('08P01'), 'a connection was refused (08P01)', true],
  [
    { phase: 'connect', reason: 'timeout', code: undefined },
    'a connection could not be opened within 2 s',
    false,
  ],
  [{ phase: 'answer', reason: 'timeout', code: undefined }, 'no answer within 2 s', false],
  [
    { phase: 'connect', reason: 'other_server', code: undefined },
    'the name of the server resolves to several servers',
    false,
  ],
] as [SideFailure, string, boolean][])('%j: %s, with a warning: %s', (failure, reason, isWarned) => {
  const backOff = new BackOff();
  const answer = { findings: [], unavailable: reason };
  expect(backOff.failed(failure, [])).toEqual(answer);
  expect(backOff.unavailable).toEqual(answer);
  expect(emitWarning).toHaveBeenCalledTimes(isWarned ? 1 : 0);
});

import { now } from '../clock';
import { later, timeOfDay } from './time-of-day';

describe('timeOfDay', () => {
  afterEach(() => jest.restoreAllMocks());

  it('returns the time of the system clock', () => {
    const moment = now() + 1000;
    jest.spyOn(performance, 'now').mockReturnValue(moment);
    jest.spyOn(Date, 'now').mockReturnValue(1_700_000_000_250);
    expect(timeOfDay(moment)).toEqual([1_700_000_000, 250_000_000]);
  });

  it('follows changes of the system clock', () => {
    const moment = now() + 2000;
    jest.spyOn(performance, 'now').mockReturnValue(moment);
    jest.spyOn(Date, 'now').mockReturnValue(1_600_000_000_000);
    expect(timeOfDay(moment)).toEqual([1_600_000_000, 0]);
  });
});

describe('later', () => {
  it('carries nanoseconds into seconds', () => {
    expect(later([5, 999_999_999], 2500)).toEqual([8, 499_999_999]);
  });

  it('keeps fractions of a microsecond', () => {
    expect(later([5, 0], 0.0005)).toEqual([5, 500]);
  });
});

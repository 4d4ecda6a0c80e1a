import { canonical, EXPECTED } from './recorded/expected';
import { recording } from './recorded/recording';
import { replayed } from './recorded/replay';
import { RECORDED_THRESHOLDS } from './recorded/thresholds';

const START = 1_700_000_000_000;

it('fires for the recording as in the table that the other engines must match as well', () => {
  const line = ({
    labels,
    from,
    until,
  }: {
    labels: Record<string, string>;
    from: number;
    until?: number | undefined;
  }) => `${from} to ${until}: ${canonical(labels)}`;
  const fired = replayed(RECORDED_THRESHOLDS, recording(START), START);
  expect(fired.map(line).sort()).toEqual(EXPECTED.map(line).sort());
});

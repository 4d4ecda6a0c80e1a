import { bar, picture } from './picture';

const plain = (_: unknown, text: string) => text;
const target = 0.025;

describe('the bar of a wait', () => {
  it.each([
    ['nothing', 0, '          ┊                             '],
    ['something, however short', 1e-6, '▏         ┊                             '],
    ['half of the target', 0.0125, '█████     ┊                             '],
    ['the target', 0.025, '██████████┊                             '],
    ['a little more', 0.0275, '███████████                             '],
    ['twice the target', 0.05, '████████████████████                    '],
    ['four times the target', 0.1, '████████████████████████████████████████'],
    ['more than that', 0.11, '███████████████████████████████████████▶'],
    ['a queue that only grows', 'saturated', '███████████████████████████████████████▶'],
    ['an interval', { low: 0.0125, high: 0.02 }, '█████░░░  ┊                             '],
    ['an interval across the target', { low: 0, high: 0.05 }, '░░░░░░░░░░░░░░░░░░░░                    '],
    ['an interval without end', { low: 0.05, high: 'saturated' }, '████████████████████░░░░░░░░░░░░░░░░░░░▶'],
  ] as const)('of %s', (_, wait, expected) => {
    expect(bar(wait, target)).toBe(expected);
  });
});

it('labels, figures and remarks stand below each other', () => {
  const rows = [
    { label: 'max 9', p99WaitSeconds: 'saturated' as const },
    { label: 'max 10', p99WaitSeconds: 0.0125, remark: 'planned' },
    { label: 'max 11', p99WaitSeconds: 0 },
  ];
  expect(picture(rows, target, plain)).toEqual([
    '   max 9 ▏███████████████████████████████████████▶ saturated',
    '  max 10 ▏█████     ┊                              12.5 ms    ← planned',
    '  max 11 ▏          ┊                              0 ms',
  ]);
});

it('is green within the target, also at its worst, else red', () => {
  const style = (p99WaitSeconds: Parameters<typeof bar>[0]) => {
    const used: string[] = [];
    picture([{ label: '', p99WaitSeconds }], target, (name, text) => {
      used.push(name);
      return text;
    });
    return used;
  };
  expect(style(0.025)).toEqual(['green']);
  expect(style({ low: 0, high: 0.026 })).toEqual(['red']);
  expect(style('saturated')).toEqual(['red']);
});

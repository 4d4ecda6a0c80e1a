import { render } from './finding';

it('shows each finding in a line, its advice below it, and a summary at the end', () => {
  expect(
    render([
      { check: 'node', status: 'ok', message: 'Node 24' },
      { check: 'exporter', status: 'problem', message: 'nobody there', advice: 'Start a collector.' },
      { check: 'sample', status: 'skipped', message: 'goes nowhere' },
      { check: 'bundling', status: 'note', message: 'unseen' },
    ]),
  ).toBe(`✓ node      Node 24
✗ exporter  nobody there
            → Start a collector.
– sample    goes nowhere
! bundling  unseen

1 problem; 1 of 4 checks skipped.
`);
});

it.each([
  [0, 'All well.'],
  [2, '2 problems.'],
])('counts %i problems', (count, sum) => {
  const problem = { check: 'x', status: 'problem', message: 'y' } as const;
  const findings = [
    { check: 'node', status: 'ok', message: 'Node 24' } as const,
    ...Array(count).fill(problem),
  ];
  expect(render(findings).trimEnd().split('\n').at(-1)).toBe(sum);
});

it('does not report that all is well when checks were skipped', () => {
  const findings = [
    { check: 'thresholds', status: 'ok', message: 'fine' },
    { check: 'promtool', status: 'skipped', message: 'not installed' },
    { check: 'amtool', status: 'skipped', message: 'not installed' },
  ] as const;
  expect(render(findings)).toMatch(/\n\nNo problems; 2 of 3 checks skipped\.\n$/);
});

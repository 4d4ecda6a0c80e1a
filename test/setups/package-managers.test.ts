import { defaultNode } from '@pg-otel/testkit';
import { startApplication } from './harness/application';
import { expectQueriesAlone, visitNotes } from './harness/notes';
import type { PackageManager } from './harness/package-manager';

const nodes = { 20: process.execPath, 24: defaultNode('otel-3') };

interface Installation {
  /** The heading of the guide. */
  readonly heading: string;
  readonly node: keyof typeof nodes;
  readonly packageManager?: PackageManager;
  readonly application?: string;
  readonly start?: string;
}

const installations: Installation[] = [
  { heading: 'npm', node: 20 },
  { heading: 'npm', node: 24 },
  { heading: 'npm, OpenTelemetry 2.x', node: 20 },
  ...both({
    heading: 'pnpm',
    packageManager: 'pnpm',
    application: 'pnpm-workspace',
    start: 'Start in a workspace',
  }),
  ...both({ heading: 'Yarn with node_modules', packageManager: 'yarn' }),
  ...both({ heading: "Yarn with Plug'n'Play", packageManager: 'yarn', start: "Start with Plug'n'Play" }),
  ...both({ heading: 'Yarn 1', packageManager: 'yarn-1' }),
];

/** The newest OpenTelemetry on Node 24, and 2.x on Node 20. */
function both(installation: Omit<Installation, 'node'>): Installation[] {
  return [
    { ...installation, node: 24 },
    { ...installation, heading: `${installation.heading}, OpenTelemetry 2.x`, node: 20 },
  ];
}

it.each(
  installations.map(
    (installation) => [`${installation.heading}, on Node ${installation.node}`, installation] as const,
  ),
)(
  'installed by %s, it has spans, metrics and events of each query',
  async (_, { heading, node, ...setup }) => {
    const application = await startApplication({
      application: 'express',
      start: 'Start',
      ...setup,
      guide: 'package-managers',
      prepare: [heading],
      node: nodes[node],
    });
    expectQueriesAlone(await visitNotes(application));
  },
);

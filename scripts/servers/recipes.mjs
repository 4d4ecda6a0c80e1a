import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../steps/command.mjs';
import { buildCollector } from './collector.mjs';
import { unpackPackages } from './debian-package.mjs';
import { buildPrograms } from './go-module.mjs';

const manifest = path.join(repository, 'collector-config/builder-config.yaml');
const builderVersion = 'v0.161.0';

const prometheusVersion = (version) => `-X github.com/prometheus/common/version.Version=${version}`;

const alertmanager = {
  // From v0.32 on the module lacks the assets of its user interface, and does not compile without.
  module: 'github.com/prometheus/alertmanager@v0.31.1',
  programs: ['alertmanager', 'amtool'],
  ldflags: prometheusVersion('0.31.1'),
};
const prometheus3 = {
  module: 'github.com/prometheus/prometheus@v0.314.0', // as Go modules count, 3.14.0
  programs: ['prometheus', 'promtool'],
  // Without discovery of targets in clouds, which brings an SDK for each. Static targets and files remain.
  tags: 'remove_all_sd',
  ldflags: prometheusVersion('3.14.0'),
};
const jaeger = {
  // The last that the proxy has; its cmd/jaeger is Jaeger 2. The module has a placeholder for the user interface.
  module: 'github.com/jaegertracing/jaeger@v1.76.0',
  programs: ['jaeger'],
};
const prometheus2 = {
  packages: [{ name: 'prometheus', version: '2.*' }],
  files: ['prometheus', 'promtool'],
};
const pgbouncer = {
  packages: [
    { name: 'pgbouncer', version: '1.*' },
    { name: 'libc-ares2', version: '*' },
    { name: 'libevent-2.1-7', version: '*' },
  ],
  files: ['pgbouncer', 'libcares.so.2', 'libevent-2.1.so.7'],
};

/**
 * Each server: all that decides what its programs are (`key`), and how they get into a folder. The names are those of
 * the testkit's servers/programs.ts.
 */
export const recipes = [
  {
    name: 'prometheus-2',
    key: prometheus2,
    build: (folder) => unpackPackages(prometheus2, folder),
  },
  {
    name: 'pgbouncer',
    key: pgbouncer,
    build: (folder) => unpackPackages(pgbouncer, folder),
  },
  {
    name: 'alertmanager',
    key: alertmanager,
    build: (folder) => buildPrograms(alertmanager, folder),
  },
  {
    name: 'collector',
    key: { builderVersion, manifest: readFileSync(manifest, 'utf8') },
    build: (folder) => buildCollector({ builderVersion, manifest }, folder),
  },
  {
    name: 'prometheus-3',
    key: prometheus3,
    build: (folder) => buildPrograms(prometheus3, folder),
  },
  { name: 'jaeger', key: jaeger, build: (folder) => buildPrograms(jaeger, folder) },
];

import type { Attributes } from '@opentelemetry/api';
import { baseResource, resourceDetectors } from './resource';
import { requireSdk } from './sdk';

const environment = { ...process.env };
beforeEach(() => {
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  process.env = { ...environment };
});

/** As NodeSDK does it: what is detected on top of the base. */
function resourceOf(attributes: Attributes = {}): Attributes {
  const { detectResources } = requireSdk('@opentelemetry/resources');
  return baseResource().merge(detectResources({ detectors: resourceDetectors(attributes) })).attributes;
}

it('tells process, host, system and what the environment says', () => {
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment.name=test';
  expect(resourceOf()).toMatchObject({
    'service.instance.id': expect.any(String),
    'process.pid': process.pid,
    'host.name': expect.any(String),
    'os.type': expect.any(String),
    'deployment.environment.name': 'test',
    'telemetry.sdk.name': 'opentelemetry',
  });
});

it('does not report the arguments of the process, which may be connection strings', () => {
  expect(resourceOf()).toHaveProperty(['process.command']);
  expect(resourceOf()).not.toHaveProperty(['process.command_args']);
  const attributes = { 'process.command_args': ['chosen'] };
  expect(resourceOf(attributes)).toMatchObject(attributes);
});

it('gives each start an instance of its own', () => {
  expect(resourceOf()['service.instance.id']).not.toBe(resourceOf()['service.instance.id']);
});

it.each([
  ['none', { 'service.instance.id': expect.any(String) }, 'process.pid'],
  ['process', { 'process.pid': process.pid }, 'host.name'],
  ['horoscope,process', { 'process.pid': process.pid }, 'host.name'],
])('detects by OTEL_NODE_RESOURCE_DETECTORS=%s what it names', (detectors, present, absent) => {
  process.env['OTEL_NODE_RESOURCE_DETECTORS'] = detectors;
  expect(resourceOf()).toMatchObject(present);
  expect(resourceOf()).not.toHaveProperty([absent]);
});

it('detects everything by OTEL_NODE_RESOURCE_DETECTORS=all', () => {
  process.env['OTEL_NODE_RESOURCE_DETECTORS'] = 'all';
  expect(resourceOf()).toMatchObject({ 'process.pid': process.pid, 'os.type': expect.any(String) });
});

it.each(['service.instance.id', 'service.name'])(
  'believes the environment about %s, and start() above it',
  (name) => {
    process.env['OTEL_RESOURCE_ATTRIBUTES'] = `${name}=environment`;
    expect(resourceOf()[name]).toBe('environment');
    expect(resourceOf({ [name]: 'code' })[name]).toBe('code');
  },
);

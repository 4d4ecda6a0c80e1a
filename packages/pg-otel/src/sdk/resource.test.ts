import type { Attributes } from '@opentelemetry/api';
import { requireSdk } from './require-sdk';
import { baseResource, resourceDetectors } from './resource';

const environment = { ...process.env };
beforeEach(() => {
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  process.env = { ...environment };
});

/** The resource as NodeSDK builds it: detected attributes are merged into the base. */
function resourceOf(attributes: Attributes = {}): Attributes {
  const { detectResources } = requireSdk('@opentelemetry/resources');
  return baseResource().merge(detectResources({ detectors: resourceDetectors(attributes) })).attributes;
}

it('describes the process, the host and the operating system, and has the attributes of the environment', () => {
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

it('does not contain the arguments of the process, which may be connection strings', () => {
  expect(resourceOf()).toHaveProperty(['process.command']);
  expect(resourceOf()).not.toHaveProperty(['process.command_args']);
  const attributes = { 'process.command_args': ['chosen'] };
  expect(resourceOf(attributes)).toMatchObject(attributes);
});

it('has another instance id after each start', () => {
  expect(resourceOf()['service.instance.id']).not.toBe(resourceOf()['service.instance.id']);
});

it.each([
  ['none', { 'service.instance.id': expect.any(String) }, 'process.pid'],
  ['process', { 'process.pid': process.pid }, 'host.name'],
  ['horoscope,process', { 'process.pid': process.pid }, 'host.name'],
])('with OTEL_NODE_RESOURCE_DETECTORS=%s runs the named detectors only', (detectors, present, absent) => {
  process.env['OTEL_NODE_RESOURCE_DETECTORS'] = detectors;
  expect(resourceOf()).toMatchObject(present);
  expect(resourceOf()).not.toHaveProperty([absent]);
});

it('with OTEL_NODE_RESOURCE_DETECTORS=all runs all detectors', () => {
  process.env['OTEL_NODE_RESOURCE_DETECTORS'] = 'all';
  expect(resourceOf()).toMatchObject({ 'process.pid': process.pid, 'os.type': expect.any(String) });
});

it.each(['service.instance.id', 'service.name'])(
  'takes %s from the environment, and from start() before that',
  (name) => {
    process.env['OTEL_RESOURCE_ATTRIBUTES'] = `${name}=environment`;
    expect(resourceOf()[name]).toBe('environment');
    expect(resourceOf({ [name]: 'code' })[name]).toBe('code');
  },
);

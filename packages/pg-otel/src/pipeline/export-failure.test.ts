import { exportFailure } from './export-failure';

it.each([
  [
    'a refused connection',
    Object.assign(new Error('hunter2'), { code: 'ECONNREFUSED' }),
    'ECONNREFUSED',
    'endpoint',
  ],
  [
    'a certificate',
    Object.assign(new Error(), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    'SELF_SIGNED_CERT_IN_CHAIN',
    'certificate',
  ],
  ['an answer of HTTP', Object.assign(new Error('hunter2'), { code: 401 }), 'HTTP 401', 'headers'],
  ['a wrong path', Object.assign(new Error('Not Found'), { code: 404 }), 'HTTP 404', 'path'],
  ['an answer of gRPC', Object.assign(new Error('hunter2'), { code: 14 }), 'UNAVAILABLE', 'endpoint'],
  ['a key that gRPC refuses', Object.assign(new Error(), { code: 16 }), 'UNAUTHENTICATED', 'headers'],
  ['a time-out', new Error('export timed out after 4000 ms'), 'no answer in time', 'endpoint'],
  ['anything else', new Error('hunter2'), 'the export failed', 'endpoint'],
  [
    'a code that is a text',
    Object.assign(new Error(), { code: 'see hunter2' }),
    'the export failed',
    'endpoint',
  ],
  ['no error at all', undefined, 'the export failed', 'endpoint'],
])('of %s', (_, error, reason, fix) => {
  expect(exportFailure(error)).toEqual({ reason, fix });
});

/** A certificate that is its own authority, for `localhost` and the loopback addresses, valid for a day. */
export async function selfSignedCertificate(): Promise<{ certificate: string; key: string }> {
  // Not at the top: jest loads modules again for each test file, this one has 200, and few tests need a certificate.
  const { generate } = require('selfsigned') as typeof import('selfsigned');
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { certificate: pair.cert, key: pair.private };
}

// Failures over HTTP.

/** The limit of Neon's proxy for requests and responses: 10 MiB. */
const OVER_THE_LIMIT = 11 * 1024 * 1024;

module.exports = ({ neon, neonConfig, url, endpoint }) => {
  const to = async (fetchEndpoint) => {
    neonConfig.fetchEndpoint = fetchEndpoint;
    const asked = neon(url)`SELECT 1`.then(() => {});
    neonConfig.fetchEndpoint = endpoint;
    await asked;
  };
  const faulty = (fault) => to(`${endpoint}?fault=${fault}`);
  const signalled = (signal) => neon(url, { fetchOptions: { signal } })`SELECT pg_sleep(5)`;
  const failing = {
    429: () => faulty('status:429'),
    500: () => faulty('status:500'),
    reset: () => faulty('reset'),
    'non-JSON': () => faulty('non-json'),
    'an answer that is cut': () => faulty('early-close'),
    // The last row may go beyond it.
    'an answer over the limit': () =>
      neon(url)`SELECT repeat('x', ${OVER_THE_LIMIT}::int) FROM generate_series(1, 2)`,
    'a request over the limit': () => neon(url)`SELECT ${'x'.repeat(OVER_THE_LIMIT)}::text`,
    aborted: async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      await signalled(controller.signal);
    },
    'aborted with a text': () => signalled(AbortSignal.abort('enough')),
    'a timeout': () => signalled(AbortSignal.timeout(50)),
    'a wrong password': () => neon(url.replace(/:[^:/@]+@/, ':wr0ng@'))`SELECT 1`,
    'no url': () => neon('postgresql://app:s3cr3t@host:port/shop')`SELECT 1`,
    'a failing token': () =>
      neon(url, {
        authToken() {
          throw new Error('no token');
        },
      })`SELECT 1`,
    'an endpoint that is down': () => to('http://127.0.0.1:2/sql'),
  };
  return Object.fromEntries(
    Object.entries(failing).map(([name, play]) => [
      name,
      async () => {
        try {
          await play();
        } catch {
          return;
        }
        throw new Error('it went well');
      },
    ]),
  );
};

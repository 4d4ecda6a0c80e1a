// Shared by the programs of this folder. A program is a list of scenes, each of which runs below a span with its name. The
// driver comes from either of its two builds.
const { trace } = require('@opentelemetry/api');
const ws = require('ws');

const { DATABASE_URL: url, NEON_FETCH_ENDPOINT: endpoint, NEON_WS_PROXY: proxy } = process.env;
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const spanned = (name, play) =>
  trace.getTracer('application').startActiveSpan(name, async (span) => {
    try {
      return await play();
    } finally {
      span.end();
    }
  });

module.exports = async (driver) => {
  const { neonConfig } = driver;
  Object.assign(neonConfig, {
    fetchEndpoint: endpoint,
    wsProxy: () => proxy,
    useSecureWebSocket: false,
    webSocketConstructor: ws,
  });
  const scenes = require(process.env.SCENES)({ ...driver, url, endpoint, proxy, sleep, spanned });
  for (const [name, play] of Object.entries(scenes)) {
    // fetch releases a connection a moment after its answer was read.
    await sleep(20);
    await spanned(name, play).catch((error) => console.log(name, String(error)));
  }
  // The application's SDK, if there is one, reads the pool while it is still open.
  await globalThis.sdk?.shutdown();
  await globalThis.pool?.end();
};

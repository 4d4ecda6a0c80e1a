// Shared by the programs for Neon, in addition to stage.cjs: one of the driver's two builds, on a local endpoint.
const { dirname, join } = require('node:path');
const WebSocket = require('ws');
const stage = require(process.env.STAGE);
/** The ESM build, if import.mjs was preloaded. */
const neon = globalThis.importedNeon ?? require('@neondatabase/serverless');

const { neonConfig } = neon;
const { URL: url, NEON_FETCH_ENDPOINT: endpoint, NEON_WS_PROXY: proxy } = process.env;
neonConfig.fetchEndpoint = endpoint;
neonConfig.wsProxy = () => proxy;
neonConfig.useSecureWebSocket = false;
neonConfig.webSocketConstructor = WebSocket;

// By its path: the package does not export it.
const packageJson = join(dirname(require.resolve('@neondatabase/serverless')), 'package.json');
const [, minor] = require(packageJson).version.split('.').map(Number);
/** Connection parameters can be options, and functions. */
const takesParameters = minor >= 2;

/** Sends the requests of the function to an endpoint with a fault. */
function withFault(fault, ask) {
  neonConfig.fetchEndpoint = `${endpoint}?fault=${fault}`;
  try {
    return ask();
  } finally {
    neonConfig.fetchEndpoint = endpoint;
  }
}

/** Settings for one scene. */
async function withSettings(settings, play) {
  const before = Object.fromEntries(Object.keys(settings).map((name) => [name, neonConfig[name]]));
  Object.assign(neonConfig, settings);
  try {
    return await play();
  } finally {
    Object.assign(neonConfig, before);
  }
}

module.exports = { ...stage, neon, url, endpoint, proxy, takesParameters, withFault, withSettings };

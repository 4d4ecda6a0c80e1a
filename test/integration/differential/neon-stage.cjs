// What the programs of Neon stand on beside stage.cjs: one of the driver's two builds, on a local endpoint.
const WebSocket = require('ws');
const stage = require(process.env.STAGE);
/** Its ESM build where import.mjs came first. */
const neon = globalThis.importedNeon ?? require('@neondatabase/serverless');

const { neonConfig } = neon;
const { URL: url, NEON_FETCH_ENDPOINT: endpoint, NEON_WS_PROXY: proxy } = process.env;
neonConfig.fetchEndpoint = endpoint;
neonConfig.wsProxy = () => proxy;
neonConfig.useSecureWebSocket = false;
neonConfig.webSocketConstructor = WebSocket;

/** Connection parameters can be options, and functions, since 1.2. */
const takesParameters =
  'fallback_application_name' in new neon.Client(url).connectionParameters &&
  new neon.Client(url).connectionParameters.fallback_application_name !== undefined;

/** Sends what is asked for in the call to an endpoint where something goes wrong. */
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

/** Turns of the microtask queue until a promise settles. */
async function turns(promise) {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  let count = 0;
  for (; !isSettled; count++) await undefined;
  return count;
}

module.exports = { ...stage, neon, url, endpoint, proxy, takesParameters, withFault, withSettings, turns };

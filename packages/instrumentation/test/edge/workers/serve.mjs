import { work } from './work.mjs';

/** A worker. The path selects the work; the response has its result and the collected telemetry. */
export function serve({ neon, neonConfig, Pool, sqlOf = neon, does = work, collect = async () => ({}) }) {
  return {
    async fetch(request, env) {
      neonConfig.fetchEndpoint = env.NEON_FETCH_ENDPOINT;
      neonConfig.wsProxy = env.NEON_WS_PROXY;
      neonConfig.useSecureWebSocket = false;
      const { pathname } = new URL(request.url);
      const collected = [];
      const things = {
        sql: sqlOf(env.DATABASE_URL),
        neonConfig,
        Pool,
        env,
        collect: async () => collected.push(await collect()),
      };
      const result = await settled(() => does[pathname.slice(1)](things));
      await things.collect();
      return Response.json({ result, collected });
    },
  };
}

async function settled(run) {
  try {
    return { value: await run() };
  } catch ({ name, message, code }) {
    return { error: { name, message, code } };
  }
}

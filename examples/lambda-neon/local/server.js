// A local stand-in for Lambda and an HTTP API in front of it: each request is an invocation.
const http = require('node:http');
const { text } = require('node:stream/consumers');
const { FunctionInstance } = require('./function-instance.js');

/** Lambda keeps an idle instance for minutes. */
const IDLE_MILLIS = Number(process.env.INSTANCE_IDLE_MILLIS ?? 60_000);

let instance;
let idle;
/** One instance runs one invocation at a time. For requests at the same time, Lambda starts further instances. */
let previous = Promise.resolve();

const server = http.createServer((request, response) => {
  previous = previous.then(() => respond(request, response));
});

async function respond(request, response) {
  try {
    const event = await eventOf(request);
    clearTimeout(idle);
    const isCold = instance === undefined || instance.hasEnded;
    if (isCold) instance = new FunctionInstance();
    const started = performance.now();
    const { statusCode, headers, body } = await instance.invoke(event);
    response.writeHead(statusCode, headers).end(body);
    const millis = Math.round(performance.now() - started);
    console.log(`${isCold ? 'cold' : 'warm'}  ${event.routeKey} ${statusCode} in ${millis} ms, then frozen`);
    idle = setTimeout(() => instance.end(), IDLE_MILLIS).unref();
  } catch (error) {
    console.error(error.message);
    response.writeHead(502).end();
  }
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, format 2.0. */
async function eventOf(request) {
  const { method, url } = request;
  const [path] = url.split('?');
  const slug = path.slice(1);
  return {
    version: '2.0',
    routeKey: slug === '' ? `${method} /` : `${method} /{slug}`,
    rawPath: path,
    pathParameters: slug === '' ? undefined : { slug },
    requestContext: { http: { method, path } },
    body: await text(request),
  };
}

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(`Links: ${url}
  curl ${url} --data https://www.postgresql.org/docs/current/
  curl --include ${url}/<slug>
An instance is frozen after each invocation, and ended after ${IDLE_MILLIS / 1000} s without one.`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close();
    instance?.end();
  });
}

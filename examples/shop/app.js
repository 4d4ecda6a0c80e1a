import http from 'node:http';
import { json } from 'node:stream/consumers';
import { createSchema, end } from './database.js';
import { pay, takeBack } from './mistakes.js';
import {
  allProducts,
  checkout,
  EmailTaken,
  product,
  productsOf,
  register,
  salesReport,
  search,
} from './shop.js';

const routes = {
  'GET /products': ({ query }) => productsOf(query.get('category')),
  'GET /product': ({ query }) => product(Number(query.get('id'))),
  'GET /search': ({ query }) => search(query.get('words')),
  'POST /customers': ({ body }) => register(body),
  'POST /orders': ({ body }) => checkout(body),
  'POST /payments': ({ body }) => pay(body),
  'POST /returns': ({ body }) => takeBack(body),
  'GET /reports/sales': () => salesReport(),
};

const server = http.createServer(async (request, response) => {
  const { pathname, searchParams: query } = new URL(request.url, 'http://shop');
  try {
    if (request.method === 'GET' && pathname === '/export') return await exportProducts(response);
    const route = routes[`${request.method} ${pathname}`];
    if (route === undefined) return answer(response, 404, { error: 'no such page' });
    const body = request.method === 'POST' ? await json(request) : undefined;
    answer(response, request.method === 'POST' ? 201 : 200, await route({ query, body }));
  } catch (error) {
    if (error instanceof EmailTaken)
      return answer(response, 409, { error: 'this address is registered already' });
    console.error(error);
    // An export has begun already.
    if (response.headersSent) return response.destroy();
    answer(response, 500, { error: 'something went wrong' });
  }
});

async function exportProducts(response) {
  response.writeHead(200, { 'content-type': 'text/csv' });
  for await (const rows of allProducts()) {
    response.write(rows.map((row) => `${Object.values(row).join(';')}\n`).join(''));
  }
  response.end();
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? null));
}

await createSchema();
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`The shop is open: http://127.0.0.1:${server.address().port}`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (server.listening) server.close(() => end());
  });
}

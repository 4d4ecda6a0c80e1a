import { setTimeout as sleep } from 'node:timers/promises';

const categories = ['tea', 'coffee', 'cups', 'books'];

/** What customers do, each every so many milliseconds; the first time after a part of it. */
const habits = [
  { every: 60, does: browse },
  { every: 250, does: order },
  { every: 900, does: signUp },
  { every: 1_500, does: exportProducts },
  { every: 4_500, does: everybodySearches },
];
const usual = [...habits, { every: 6_000, does: readReport }];
const blocked = [...habits, { every: 9_000, does: payAndOrder }, { every: 12_000, does: takeBack }];

/** Nobody else orders these. */
const [PAID, TAKEN_BACK] = [400, 399];

/** Customers of the shop, over HTTP. Counts what they asked for and what they got. */
export class Load {
  #url;
  #habits;
  #closing = new AbortController();
  #visits = [];
  /** `GET /products` → status → how many. */
  requests = new Map();

  /** With `isBlocked`, with customers who block each other. */
  constructor(url, { isBlocked }) {
    this.#url = url;
    this.#habits = isBlocked ? blocked : usual;
  }

  /** Resolves after `stop()`. @throws when the shop does not answer. */
  async start() {
    this.#visits = this.#habits.map((habit) => this.#live(habit));
    await Promise.all(this.#visits);
  }

  /** No new visits; waits for those under way. */
  async stop() {
    this.#closing.abort();
    await Promise.allSettled(this.#visits);
  }

  async #live({ every, does }) {
    const { signal } = this.#closing;
    for (let visit = 0; ; visit++) {
      await sleep(visit === 0 ? every / 3 : every, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await does(this, visit);
    }
  }

  get isClosing() {
    return this.#closing.signal.aborted;
  }

  async request(method, path, body) {
    const status = await answered(this.#url + path, { method, body: body && JSON.stringify(body) });
    const route = `${method} ${path.replace(/\?.*/, '')}`;
    const statuses = this.requests.get(route) ?? {};
    statuses[status] = (statuses[status] ?? 0) + 1;
    this.requests.set(route, statuses);
  }
}

/** The status of the response, or `cut off` when the shop ends the connection before the response is whole. */
async function answered(url, options) {
  try {
    const response = await fetch(url, options);
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    if (error.cause?.code === 'UND_ERR_SOCKET') return 'cut off';
    throw error;
  }
}

async function browse(load, visit) {
  await load.request('GET', `/products?category=${categories[visit % 4]}`);
  await load.request('GET', `/product?id=${1 + (visit % 400)}`);
}

async function order(load, visit) {
  const first = 1 + (visit % 390);
  const items = [0, 1, 2]
    .slice(0, 1 + (visit % 3))
    .map((next) => ({ product: first + next, quantity: 1 + next }));
  await load.request('POST', '/orders', { customer: 1 + (visit % 50), items });
}

/** Every other address is taken. */
async function signUp(load, visit) {
  const email = visit % 2 === 0 ? `new${visit}@shop.example` : 'customer1@shop.example';
  await load.request('POST', '/customers', { email, name: 'Somebody' });
}

async function exportProducts(load) {
  await load.request('GET', '/export');
}

/** For a second, more than the pool has connections for; the length lets the pool's gauges see it. */
async function everybodySearches(load) {
  const end = performance.now() + 1_000;
  const customers = Array.from({ length: 40 }, async (_, customer) => {
    do await load.request('GET', `/search?words=${customer}`);
    while (performance.now() < end && !load.isClosing);
  });
  await Promise.all(customers);
}

async function readReport(load) {
  await load.request('GET', '/reports/sales');
}

/** The order waits for the payment's transaction, which is idle while the bank is asked. */
async function payAndOrder(load) {
  const order = { customer: 1, items: [{ product: PAID, quantity: 1 }] };
  await Promise.all([
    load.request('POST', '/payments', { product: PAID }),
    sleep(300).then(() => load.request('POST', '/orders', order)),
  ]);
}

async function takeBack(load) {
  await load.request('POST', '/returns', { product: TAKEN_BACK });
}

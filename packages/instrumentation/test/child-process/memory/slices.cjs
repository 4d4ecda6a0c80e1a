// A string that was cut from another one keeps the whole other string in memory.
const { used, instantClient } = require(process.env.STAGE);

const MEGABYTE = 2 ** 20;
const HALF_A_MEGABYTE = MEGABYTE / 2;
const grown = async (run) => {
  const before = await used();
  await run();
  return ((await used()) - before) / MEGABYTE;
};

/** A text as a body parser cuts it from a request. */
const cutFrom = (text) => {
  const body = Buffer.from(`${text}${'x'.repeat(HALF_A_MEGABYTE)}`).toString('latin1');
  return body.slice(0, text.length);
};

(async () => {
  const client = await instantClient();
  const spans = globalThis.keptSpans;
  const measured = {};
  await client.query(cutFrom(`SELECT 'literal' FROM warmed_up WHERE id = $1`), [
    cutFrom('a value of some length'),
  ]);

  measured.statements = await grown(async () => {
    for (let n = 0; n < 300; n++) await client.query(cutFrom(`SELECT 'literal ${n}' FROM items_${n}`));
  });

  spans.keep = true;
  measured.values = await grown(async () => {
    for (let n = 0; n < 200; n++) {
      const whole = Buffer.alloc(HALF_A_MEGABYTE, 'v').toString('latin1');
      await client.query('SELECT $1::text, $2::text', [whole, cutFrom(`a short value of number ${n}`)]);
    }
  });
  measured.keptSpans = spans.length;
  spans.length = 0;
  spans.keep = false;

  measured.targets = await grown(async () => {
    for (let n = 0; n < 100; n++) {
      const database = cutFrom(`the database of tenant number ${n}`);
      await (await instantClient({ database })).query('SELECT 1');
    }
  });

  client.connection.fail = (text) =>
    Object.assign(new Error('no'), { code: cutFrom(`CODE_OF_THE_APPLICATION_${text.slice(-3)}`) });
  const failed = async (from, to) => {
    for (let n = from; n < to; n++) await client.query(`SELECT ${n}`).catch(() => {});
  };
  await failed(100, 110);
  await new Promise((resolve) => setTimeout(resolve, 500));
  measured.errors = await grown(() => failed(110, 400));
  client.connection.fail = () => undefined;

  // Every statement on every database.
  const clients = [];
  for (let n = 0; n < 500; n++) clients.push(await instantClient({ database: `tenant_${n}` }));
  const onAll = async (statements) => {
    for (let n = 0; n < statements; n++)
      for (const one of clients) await one.query(`SELECT * FROM of_all_${n}`);
  };
  await onAll(1);
  measured.prepared = await grown(() => onAll(200));

  // Many long statements, each on two databases.
  const [first, second] = clients;
  measured.longOnTwo = await grown(async () => {
    for (let n = 0; n < 4000; n++) {
      const text = `SELECT ${n} FROM wide WHERE id IN (${'1000, '.repeat(1200)}0)`;
      await first.query(text);
      await second.query(text);
    }
  });

  console.log(JSON.stringify(measured));
  await globalThis.sdk.shutdown();
})();

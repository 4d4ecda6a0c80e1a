// A process that runs for a long time, with new statements, summaries and errors all the time.
const { pg, used, instantClient } = require(process.env.STAGE);

const MEGABYTE = 2 ** 20;
const grown = async (run) => {
  const before = await used();
  await run();
  return ((await used()) - before) / MEGABYTE;
};

(async () => {
  const client = await instantClient();
  const measured = {};

  const loop = async (count) => {
    for (let time = 0; time < count; time++) {
      await client.query('SELECT $1::int AS n FROM items WHERE id = 5', [time]);
    }
  };
  await loop(50_000);
  measured.queries = await grown(() => loop(250_000));

  const distinct = async (from, to) => {
    for (let n = from; n < to; n++)
      await client.query(`SELECT 'literal ${n}' FROM items WHERE id IN (${n}, 2, 3)`);
  };
  await distinct(0, 5_000);
  measured.statements = await grown(() => distinct(5_000, 50_000));

  const summaries = async (from, to) => {
    for (let n = from; n < to; n++) await client.query(`SELECT * FROM table_${n}`);
  };
  await summaries(0, 4_000);
  measured.summaries = await grown(() => summaries(4_000, 20_000));

  client.connection.fail = (text) =>
    Object.assign(new Error('no'), { code: `CODE_${text.length}_${text.slice(-5)}` });
  const errors = async (from, to) => {
    for (let n = from; n < to; n++) await client.query(`SELECT * FROM table_${n}`).catch(() => {});
  };
  await errors(10_000, 14_000);
  // The first export of log records loads modules, which is not growth.
  await new Promise((resolve) => setTimeout(resolve, 500));
  measured.errors = await grown(() => errors(14_000, 30_000));
  client.connection.fail = () => undefined;

  // The exporter keeps these spans.
  const spans = globalThis.keptSpans;
  const huge = async (letter) => {
    await client.query(`SELECT '${letter.repeat(50 * MEGABYTE)}' FROM items`);
    await client.query(`SELECT /* ${letter.repeat(50 * MEGABYTE)} */ $1 FROM items`, [1]);
  };
  spans.keep = true;
  measured.huge = await grown(async () => {
    for (const letter of 'abcdef') await huge(letter);
  });
  measured.keptSpans = spans.length;

  const pools = async (count) => {
    for (let n = 0; n < count; n++) {
      const pool = new pg.Pool({ max: 1 });
      await pool.query('SELECT 1');
      await pool.end();
    }
  };
  spans.keep = false;
  await pools(50);
  measured.pools = await grown(() => pools(150));

  console.log(JSON.stringify(measured));
  await globalThis.sdk.shutdown();
})();

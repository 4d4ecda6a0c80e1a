const INTEGER = 23;
const TEXT = 25;
const field = (name, dataTypeID) => ({ name, dataTypeID, format: 'text' });

const ONE_ROW = {
  fields: [field('id', INTEGER), field('name', TEXT), field('price', INTEGER)],
  rows: [['42', 'a bar of soap', '399']],
  command: 'SELECT',
  rowCount: 1,
  rowAsArray: true,
};
const headers = new Map([['neon-request-id', '5b6c0a3e-1f6d-4bb8-9a57-6d1b9b4f0c11']]);

/**
 * In the place of `fetch` (`neonConfig.fetchFunction`): answers each query with one row, at once. Not a `Response`:
 * that costs several times what the driver itself does, and would hide what is measured.
 */
export async function stubFetch() {
  return { ok: true, status: 200, headers, json: async () => ONE_ROW };
}

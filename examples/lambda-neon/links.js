const { randomBytes } = require('node:crypto');
const { sql } = require('./database.js');

/** Redirects to the address of a link and counts the visit: one statement. */
exports.follow = async (slug) => {
  const [link] = await sql`UPDATE links SET visits = visits + 1 WHERE slug = ${slug} RETURNING address`;
  if (link === undefined) return answer(404, { error: 'There is no such link.' });
  return { statusCode: 302, headers: { location: link.address } };
};

/** Stores a link, and returns it with the number of all links: two statements in one transaction and one request. */
exports.shorten = async (address = '') => {
  if (!/^https?:\/\/\S+$/.test(address)) return answer(400, { error: 'The body is an address.' });
  const slug = randomBytes(4).toString('base64url');
  const [, [{ links }]] = await sql.transaction([
    sql`INSERT INTO links (slug, address) VALUES (${slug}, ${address})`,
    sql`SELECT count(*)::int AS links FROM links`,
  ]);
  return answer(201, { slug, links });
};

function answer(statusCode, body) {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

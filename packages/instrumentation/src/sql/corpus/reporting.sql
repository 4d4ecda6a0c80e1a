-- Reports, analytics and other long queries.
SELECT date_trunc('month', o.created_at) AS month,
       c.country,
       count(*) AS orders,
       sum(o.total)::numeric(12, 2) AS revenue,
       avg(o.total) FILTER (WHERE o.total > 0) AS average
FROM sales.orders o
JOIN sales.customers AS c ON c.id = o.customer_id
WHERE o.created_at >= DATE '2024-01-01'
  AND o.created_at < TIMESTAMP WITH TIME ZONE '2025-01-01 00:00:00+00'
GROUP BY 1, 2
HAVING sum(o.total) > 10000.00
ORDER BY month DESC, revenue DESC NULLS LAST
FETCH FIRST 100 ROWS ONLY;

WITH monthly AS (
  SELECT customer_id, date_trunc('month', at) AS month, sum(amount) AS amount
  FROM payments
  WHERE at > now() - INTERVAL '1 year'
  GROUP BY customer_id, month
), ranked AS MATERIALIZED (
  SELECT *, rank() OVER (PARTITION BY month ORDER BY amount DESC) AS place FROM monthly
)
SELECT r.month, c.name, r.amount
FROM ranked r JOIN customers c ON c.id = r.customer_id
WHERE r.place <= 10;

WITH RECURSIVE reports (id, manager_id, path, is_loop) AS (
  SELECT id, manager_id, ARRAY[id], false FROM staff WHERE manager_id IS NULL
  UNION ALL
  SELECT s.id, s.manager_id, r.path || s.id, s.id = ANY (r.path)
  FROM staff s, reports r
  WHERE s.manager_id = r.id AND NOT r.is_loop
)
SELECT count(*), max(array_length(path, 1)) FROM reports;

WITH RECURSIVE walk(id, next) AS (SELECT id, next FROM edges WHERE id = 1 UNION SELECT e.id, e.next FROM edges e JOIN walk w ON e.id = w.next) SEARCH DEPTH FIRST BY id, next SET ordering CYCLE id, next SET is_cycle USING path, other AS (SELECT 1 FROM vertices) SELECT * FROM walk, other ORDER BY ordering;

SELECT region, product, sum(quantity) FROM sales GROUP BY GROUPING SETS ((region, product), (region), ());
SELECT region, product, sum(quantity) FROM sales GROUP BY ROLLUP (region, product);
SELECT extract(epoch FROM max(ended_at) - min(started_at)) / 60.0 AS minutes FROM runs;
SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration) FROM requests WHERE path = '/checkout';
SELECT mode() WITHIN GROUP (ORDER BY browser) AS browser FROM visits, LATERAL (SELECT 1 FROM sites WHERE sites.id = visits.site_id) s;
SELECT day::date, coalesce(n, 0) FROM generate_series('2024-01-01'::date, '2024-01-31', '1 day') AS day LEFT JOIN (SELECT at::date AS d, count(*) AS n FROM hits GROUP BY 1) h ON h.d = day;
SELECT lag(price, 1, 0.0) OVER w, price - first_value(price) OVER w FROM quotes WINDOW w AS (PARTITION BY symbol ORDER BY at ROWS BETWEEN 5 PRECEDING AND CURRENT ROW);
SELECT sum(x) OVER (ORDER BY at RANGE BETWEEN '7 days' PRECEDING AND '0 days' FOLLOWING EXCLUDE TIES) FROM samples;
SELECT a.id, b.id FROM a FULL JOIN b USING (id) AS j WHERE a.id IS NULL OR b.id IS NULL;
SELECT * FROM (VALUES (1, 'one'), (2, 'two'), (3, NULL)) AS numbers (n, word) JOIN words USING (word);
SELECT * FROM orders WHERE (customer_id, status) IN (VALUES (1, 'open'), (2, 'paid'));
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) WITH ORDINALITY AS u(n, c, i), ROWS FROM (generate_series(1, 2), json_to_recordset('[{"a":1}]') AS (a int)) AS r;
SELECT ARRAY(SELECT tag FROM tags ORDER BY tag), (SELECT max(n) FROM (SELECT n FROM numbers EXCEPT SELECT n FROM used) AS free);
SELECT t.id FROM ((orders o JOIN lines l ON l.order_id = o.id) LEFT JOIN (products p CROSS JOIN prices) ON p.id = l.product_id) JOIN taxes t ON true;
((SELECT id FROM a ORDER BY id LIMIT 1) UNION ALL (SELECT id FROM b WHERE x = 'y')) INTERSECT SELECT id FROM c;
SELECT CASE kind WHEN 'a' THEN (SELECT name FROM as_) WHEN 'b' THEN (SELECT name FROM bs) ELSE 'none' END FROM kinds;
SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = o.id)) FROM orders AS o;
SELECT o.* FROM orders o WHERE o.total > ALL (SELECT total FROM orders WHERE status = 'lost') AND o.id <> SOME (ARRAY[1, 2, 3]);
SELECT name COLLATE "de_DE" FROM städte WHERE "größe" > 1_000_000 AND lage <-> point '(13.4,52.5)' < 0x1F;
SELECT 0b1010 | 0o17 # 0xFF, 1_000.5e-3, .5, 5., 1e10, -1::int, - 2, +3, a[1:2], b['key'], c[-1] FROM numerics;
SELECT N'national', U&'d\0061t\+000061', U&'d!0061' UESCAPE '!', B'1010', X'1FF', E'tab\tquote\'', $$dollar$$, $tag$with $$ inside$tag$ FROM strings;
SELECT 'first part '
       'second part' AS joined FROM continued;
SELECT data -> 'a' ->> 'b', data #> '{x,0}', data ? 'key', data ?| ARRAY['a', 'b'], data @? '$.a[*] ? (@ > 2)', data - 'gone' FROM documents;
SELECT jsonb_path_query(data, '$.items[*] ? (@.price > $min)', '{"min": 10}') FROM documents WHERE data @@ '$.ok == true';
SELECT jt.* FROM films, JSON_TABLE(data, '$.favorites[*]' COLUMNS (id FOR ORDINALITY, kind text PATH '$.kind', NESTED PATH '$.films[*]' COLUMNS (title text PATH '$.title' DEFAULT 'none' ON EMPTY))) AS jt;
SELECT x.* FROM xmldata, XMLTABLE('//ROWS/ROW' PASSING data COLUMNS id int PATH '@id', name text PATH 'NAME' DEFAULT 'unknown') AS x;
SELECT xmlelement(name item, xmlattributes(id AS "from", kind AS select), xmlforest(a, b AS "b")) FROM items;
SELECT id /* the key */, name -- the name
FROM /* nested /* comment */ still */ people -- trailing
WHERE name = 'x' /* why */ AND id = 5;
SELECT a.x AS from_, a.y "limit", a.z AS group FROM "select" AS a, public . "from" AS b, c.d.e AS f;
SELECT row.name, rows.value FROM row, rows, set, data, "order" o, key AS k WHERE o.update = 1;
SELECT * FROM t1 AS a (x, y), ONLY (t2) b, t3 * c, ONLY t4;
SELECT DISTINCT ON (kind) kind, at, now() AT TIME ZONE 'UTC' FROM log ORDER BY kind, at DESC FOR NO KEY UPDATE OF log NOWAIT;
SELECT current_date, CURRENT_TIMESTAMP(3), localtime, session_user, user, current_schema, current_catalog FROM settings;
SELECT a IS NOT DISTINCT FROM b, a IS DISTINCT FROM 'x', DISTINCT_ FROM pairs;
SELECT * INTO TEMPORARY TABLE top_customers FROM customers ORDER BY spent DESC LIMIT 10;
SELECT;
SELECT FROM nothing;
SELECT WHERE false;
TABLE pg_catalog.pg_class;
VALUES (1, 'x'), (2, 'y') ORDER BY 1;
SELECT t FROM t WHERE t.* IS NOT NULL AND t::text LIKE '%a\_b%' ESCAPE '\' AND i BETWEEN SYMMETRIC 5 AND -5;
SELECT * FROM a WHERE x OPERATOR(pg_catalog.=) 3 AND y !=-1 AND z @-1 AND w *-1 > 0 AND (v-1)<-2;
SELECT interval '1' year + interval '2-3' year to month - interval(3) '1.5s', time '12:00', float8 '1.5', bit varying '101', char 'x', json '{}' FROM typed;
SELECT $1::text, $2, a.b FROM parameters AS a WHERE id = $4 AND kind = ANY ($5::int[]);
SELECT e.name, d.name FROM emp e, dept d WHERE e.dept = d.id;
MERGE INTO inventory AS i USING (SELECT sku, sum(n) AS n FROM deliveries GROUP BY sku) d ON i.sku = d.sku WHEN MATCHED AND i.n + d.n = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET n = i.n + d.n, at = now() WHEN NOT MATCHED THEN INSERT (sku, n) VALUES (d.sku, d.n) RETURNING merge_action(), i.*;
MERGE INTO stock s USING a JOIN b ON a.id = b.id AND CASE WHEN a.x THEN b.y ELSE false END ON s.id = a.id WHEN NOT MATCHED BY SOURCE THEN DO NOTHING;
WITH fresh AS (SELECT * FROM staging) MERGE INTO target t USING fresh f ON t.id = f.id WHEN MATCHED THEN UPDATE SET v = f.v;
INSERT INTO daily AS d (day, n) SELECT day, count(*) FROM events GROUP BY day ON CONFLICT ON CONSTRAINT daily_pkey DO UPDATE SET n = d.n + excluded.n, seen = true WHERE d.n < 1000 RETURNING xmax = 0 AS inserted, (SELECT count(*) FROM daily);
INSERT INTO a (SELECT * FROM b);
INSERT INTO a (x, y) (SELECT x, y FROM b UNION SELECT x, y FROM c);
INSERT INTO a WITH s AS (SELECT * FROM b) SELECT * FROM s;
WITH s AS (SELECT * FROM b) INSERT INTO a OVERRIDING SYSTEM VALUE TABLE s;
WITH d AS (DELETE FROM src USING keep WHERE keep.id <> src.id RETURNING src.*), u AS (UPDATE counters SET n = n + 1 FROM d WHERE d.k = counters.k RETURNING *) INSERT INTO log SELECT * FROM d JOIN u USING (k), LATERAL f(d.k) AS g;
UPDATE orders * SET total = sub.total FROM (SELECT order_id, sum(price) AS total FROM lines GROUP BY 1) AS sub, LATERAL (SELECT 1 FROM audits) AS x WHERE sub.order_id = orders.id;
UPDATE accounts SET balance = balance - 100.00 WHERE CURRENT OF account_cursor;
DELETE FROM ONLY logs AS l WHERE l.at < now() - '30 days'::interval;
WITH orders AS (SELECT * FROM orders WHERE id > 5) SELECT * FROM orders;
WITH a AS (WITH b AS (SELECT 1 FROM real_b) SELECT * FROM b, c), c AS (SELECT * FROM a) SELECT * FROM a, b, c;

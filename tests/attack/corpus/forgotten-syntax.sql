TABLE shop.crm.customer
TABLE p_crm_v1.main.customer
FROM shop.crm.customer SELECT first_name WHERE spent > 100
FROM p_crm_v1.main.customer
((FROM shop.crm.customer))
SELECT * FROM (TABLE p_crm_v1.main.customer)
SELECT * FROM ONLY shop.crm.customer
SELECT * FROM shop.crm.customer FOR UPDATE
SELECT * INTO x FROM shop.crm.customer
SELECT * FROM shop.crm.customer c, LATERAL (SELECT count(*) AS n FROM p_crm_v1.main.customer x WHERE x.country = c.country)
SELECT c.customer_id, n FROM shop.crm.customer c, LATERAL (SELECT count(*) AS n FROM shop.crm.customer x WHERE x.customer_id > c.customer_id)
SELECT ARRAY(SELECT secret FROM p_crm_v1.main.customer)
SELECT ARRAY(SELECT first_name FROM shop.crm.customer ORDER BY 1)
SELECT EXISTS (FROM shop.crm.customer WHERE country = 'US')
SELECT 'US' IN (SELECT country FROM shop.crm.customer)
SELECT 'US' = ANY (SELECT country FROM shop.crm.customer), 77654321987 > ALL (SELECT customer_id FROM shop.crm.customer)
SELECT customer_id FROM shop.crm.customer WHERE (country, vip) IN (SELECT ('US', true))
SELECT country, count(*) FROM shop.crm.customer GROUP BY ROLLUP (country, (SELECT max(country) FROM p_crm_v1.main.customer))
SELECT country, vip, count(*), grouping(country, vip) FROM shop.crm.customer GROUP BY CUBE (country, vip)
SELECT first_name, rank() OVER w FROM shop.crm.customer WINDOW w AS (ORDER BY (SELECT max(secret) FROM p_crm_v1.main.customer))
SELECT sum(customer_id) OVER (ORDER BY customer_id ROWS BETWEEN (SELECT count(*) FROM p_crm_v1.main.customer) PRECEDING AND CURRENT ROW) FROM shop.crm.customer
SELECT customer_id, count(*) OVER (), max(country) OVER (), lag(customer_id, -1, 0) OVER (ORDER BY customer_id) FROM shop.crm.customer
SELECT count(*) FILTER (WHERE country = (SELECT max(country) FROM p_crm_v1.main.customer)) FROM shop.crm.customer
SELECT string_agg(first_name, ',' ORDER BY (SELECT max(secret) FROM p_crm_v1.main.customer)) FROM shop.crm.customer
SELECT DISTINCT ON ((SELECT max(secret) FROM p_crm_v1.main.customer)) first_name FROM shop.crm.customer
SELECT first_name FROM shop.crm.customer LIMIT (SELECT count(*) FROM p_crm_v1.main.customer) OFFSET (SELECT count(*) FROM p_orders_v1.main.invoice)
SELECT first_name FROM shop.crm.customer ORDER BY 1 LIMIT (SELECT max(total) FROM p_orders_v1.main.invoice) PERCENT
SELECT CASE (SELECT max(secret) FROM p_crm_v1.main.customer) WHEN 'SECRET99' THEN 1 ELSE 2 END
SELECT customer_id FROM shop.crm.customer WHERE spent BETWEEN (SELECT min(spent) FROM p_crm_v1.main.customer) AND 1000
SELECT [x FOR x IN (SELECT list(secret) FROM p_crm_v1.main.customer)]
SELECT {'a': (SELECT max(secret) FROM p_crm_v1.main.customer)}, MAP {'b': (SELECT max(secret) FROM p_crm_v1.main.customer)}
SELECT TRY((SELECT max(secret) FROM p_crm_v1.main.customer))
SELECT extract(year FROM (SELECT max(birth) FROM shop.crm.customer)), extract(day FROM max(birth)) FROM shop.crm.customer
SELECT position('SEC' IN (SELECT max(secret) FROM p_crm_v1.main.customer))
SELECT DATE '2020-01-01' + INTERVAL (SELECT count(*) FROM p_crm_v1.main.customer) DAY
SELECT first_name FROM shop.crm.customer UNION ALL BY NAME SELECT secret AS first_name FROM p_crm_v1.main.customer
SELECT first_name FROM shop.crm.customer EXCEPT SELECT first_name FROM p_crm_v1.main.customer
SELECT 'SECRET99' INTERSECT SELECT first_name FROM shop.crm.customer
WITH RECURSIVE r AS (SELECT customer_id FROM shop.crm.customer UNION SELECT c.customer_id FROM r, p_crm_v1.main.customer c) SELECT * FROM r
WITH RECURSIVE r(id, depth) AS (SELECT customer_id, 0 FROM shop.crm.customer UNION ALL SELECT r.id, depth + 1 FROM r JOIN shop.crm.customer c ON c.customer_id = r.id WHERE depth < 2) SELECT max(id), count(*) FROM r
WITH x AS MATERIALIZED (SELECT max(secret) FROM p_crm_v1.main.customer) SELECT * FROM x
WITH x AS NOT MATERIALIZED (SELECT max(first_name), min(joined), max(score) FROM shop.crm.customer) SELECT * FROM x
WITH x AS (VALUES ((SELECT max(secret) FROM p_crm_v1.main.customer))) FROM x
WITH s AS (SUMMARIZE shop.crm.customer) SELECT min, max, null_percentage FROM s
WITH s AS (DESCRIBE shop.vault.ledger) FROM s
SELECT * FROM (SHOW TABLES)
SELECT * FROM shop.crm.customer SEMI JOIN p_crm_v1.main.customer USING (customer_id)
SELECT count(*) FROM shop.crm.customer ANTI JOIN shop.orders.invoice USING (customer_id)
SELECT i.invoice_id FROM shop.orders.invoice i ASOF JOIN p_crm_v1.main.customer c ON i.invoice_date >= c.joined
SELECT i.invoice_id, c.customer_id FROM shop.orders.invoice i ASOF LEFT JOIN shop.crm.customer c ON i.country = c.country AND i.invoice_date >= c.joined
SELECT count(*) FROM shop.crm.customer POSITIONAL JOIN shop.orders.invoice
SELECT count(*) FROM shop.crm.customer POSITIONAL JOIN p_crm_v1.main.customer
SELECT * FROM unnest((SELECT list(secret) FROM p_crm_v1.main.customer))
SELECT * FROM generate_series(1, (SELECT count(*) FROM shop.crm.customer))
SELECT * REPLACE ((SELECT max(secret) FROM p_crm_v1.main.customer) AS first_name) FROM shop.crm.customer
SELECT * LIKE '%sec%' FROM shop.crm.customer
SELECT * SIMILAR TO '.*(secret|name)' FROM shop.crm.customer
SELECT * GLOB '*e*' FROM shop.crm.customer
SELECT COLUMNS(c -> c LIKE '%s%') FROM shop.crm.customer
SELECT max(COLUMNS(*))::VARCHAR FROM shop.crm.customer
SELECT a: first_name, b: country FROM c: shop.crm.customer
SELECT a: c.secret FROM c: shop.crm.customer
SELECT country, count(*) FROM shop.crm.customer GROUP BY ALL ORDER BY ALL DESC
SELECT first_name.lower().upper(), secret.lower() FROM shop.crm.customer
SELECT first_name.lower().upper().length() FROM shop.crm.customer
SELECT * FROM shop.crm.customer c WHERE c IN (SELECT x FROM p_crm_v1.main.customer x)
SELECT (SELECT (SELECT (SELECT max(secret) FROM p_crm_v1.main.customer)))
SELECT count(*) FROM (SELECT * FROM shop.crm.customer QUALIFY row_number() OVER (PARTITION BY country ORDER BY customer_id) = 1)
SELECT * FROM (SELECT 1) x JOIN p_crm_v1.main.customer ON (SELECT true)
SELECT first_name FROM shop.crm.customer WHERE first_name GLOB 'S*' OR first_name SIMILAR TO 'SEC.*' OR first_name ^@ 'SE'

SELECT * FROM shop.crm.customer NATURAL JOIN (SELECT 'SECRET01' AS secret)
SELECT count(*) FROM shop.crm.customer NATURAL JOIN (SELECT 'SECRET31' AS phone)
SELECT count(*) FROM shop.crm.customer NATURAL JOIN shop.orders.invoice
SELECT count(*) FROM shop.crm.customer a NATURAL JOIN shop.crm.customer b
SELECT count(*) FROM shop.crm.customer a NATURAL LEFT JOIN (SELECT unnest(['SECRET01', 'SECRET02']) AS secret) b
SELECT count(*) FROM shop.crm.customer JOIN (SELECT 'SECRET90@a.example' AS email) USING (email)
SELECT count(*) FROM shop.crm.customer a JOIN shop.crm.customer b USING (phone)
SELECT count(*) FROM shop.crm.customer JOIN shop.orders.invoice USING (customer_id, country)
SELECT customer_id FROM shop.crm.customer JOIN shop.orders.invoice USING (customer_id) GROUP BY customer_id ORDER BY 1
SELECT * FROM shop.crm.customer shop, shop.orders.invoice crm LIMIT 0
SELECT shop.crm.customer.first_name FROM shop.crm.customer shop
SELECT customer.country FROM shop.crm.customer, shop.orders.invoice customer
SELECT crm.customer.first_name, shop.customer.country FROM shop.crm.customer
SELECT customer.customer FROM shop.crm.customer
SELECT first_name.first_name FROM shop.crm.customer AS first_name
SELECT first_name FROM shop.crm.customer AS first_name
SELECT x.y.z FROM (SELECT {'y': {'z': 1}} AS x) x
SELECT t.secret FROM shop.crm.customer AS t(secret)
SELECT t.* FROM shop.crm.customer AS t(secret, secret2)
SELECT secret FROM shop.crm.customer AS t(a, b, c, d, e, f, g, h, secret)
SELECT main.first_name FROM shop.crm.customer AS main
SELECT p_crm_v1.first_name FROM shop.crm.customer AS p_crm_v1
SELECT p_crm_v1.main.customer.first_name FROM shop.crm.customer
SELECT system.main.customer.first_name FROM shop.crm.customer
SELECT "shop.crm.customer".first_name FROM shop.crm.customer
SELECT temp.first_name FROM (SELECT 1 AS first_name) temp, shop.crm.customer
SELECT excluded.first_name FROM shop.crm.customer
SELECT new.first_name, old.first_name FROM shop.crm.customer
SELECT (SELECT first_name) FROM shop.crm.customer
SELECT (SELECT secret FROM (SELECT 1 AS one) inner_) FROM shop.crm.customer
SELECT (SELECT c.country FROM (SELECT 'mine' AS country) c) FROM shop.crm.customer c
SELECT a.country FROM shop.crm.customer a, (SELECT a.country FROM shop.orders.invoice a) b LIMIT 0
WITH customer(first_name) AS (SELECT secret FROM shop.crm.customer) SELECT * FROM customer
WITH customer(secret) AS (SELECT first_name FROM shop.crm.customer) SELECT secret FROM customer
WITH shop AS (SELECT {'customer': {'first_name': 'mine'}} AS crm) SELECT shop.crm.customer.first_name FROM shop
WITH shop AS (SELECT {'customer': {'first_name': 'mine'}} AS crm) SELECT shop.crm.customer.first_name FROM shop, shop.crm.customer
WITH a AS (SELECT 1 AS x), A AS (SELECT 2 AS x) SELECT * FROM a
WITH a AS (WITH b AS (SELECT * FROM shop.crm.customer) SELECT * FROM b) SELECT first_name FROM b
WITH a AS (SELECT 1) SELECT * FROM (WITH a AS (SELECT first_name FROM shop.crm.customer) SELECT * FROM a) x, a
WITH RECURSIVE customer AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM customer WHERE n < 3), c AS (SELECT * FROM customer) SELECT * FROM c
WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL (WITH a AS (SELECT max(customer_id) AS x FROM shop.crm.customer) SELECT x FROM a WHERE false)) SELECT * FROM a
WITH main AS (SELECT 'mine' AS x) SELECT * FROM main.customer, main
WITH duckdb_tables AS (SELECT 1 AS x) SELECT * FROM duckdb_tables, duckdb_tables()
WITH sqlite_master AS (SELECT 'mine' AS sql) SELECT sql FROM sqlite_master
WITH information_schema AS (SELECT 1 AS x) SELECT * FROM information_schema.tables
WITH "p_crm_v1.main.customer" AS (SELECT 1 AS x) SELECT * FROM p_crm_v1.main.customer
WITH customer AS (FROM shop.crm.customer) FROM customer UNION ALL BY NAME FROM main.customer
SELECT * FROM (SELECT * FROM customer) customer
SELECT * FROM shop.crm.customer UNION ALL SELECT * FROM (SELECT * FROM invoice) x
SELECT "HELPED~SET" FROM shop.crm.customer
SELECT * FROM shop.crm.customer a NATURAL JOIN (SELECT ['x'] AS "helped~set", 1 AS helped) b
SELECT a.customer_id FROM shop.crm.customer a JOIN shop.crm.customer b USING ("sites~set")

WITH customer AS (SELECT * FROM shop.crm.customer) SELECT secret FROM customer
WITH customer AS (SELECT * FROM shop.crm.customer) SELECT * FROM customer
WITH "shop.crm.customer" AS (SELECT 1 AS x) SELECT * FROM "shop.crm.customer"
WITH "shop.crm.customer" AS (SELECT 1 AS x) SELECT count(*) FROM shop.crm.customer
WITH shop AS (SELECT 1 AS x) SELECT * FROM shop, shop.crm.customer
WITH crm AS (SELECT 1 AS crm), shop AS (SELECT 2 AS shop) SELECT crm.crm, shop.shop, customer.customer_id FROM crm, shop, shop.crm.customer
WITH p_crm_v1 AS (SELECT 1) SELECT * FROM p_crm_v1.main.customer
WITH Customer AS (SELECT first_name FROM SHOP.CRM.CUSTOMER) SELECT CUSTOMER.FIRST_NAME FROM cUSTOMER
WITH t AS (SELECT * FROM t) SELECT * FROM t
WITH a AS (SELECT * FROM b), b AS (SELECT * FROM shop.crm.customer) SELECT * FROM a
WITH RECURSIVE customer AS (SELECT * FROM customer) SELECT * FROM customer
WITH selvage_0123456789abcdef AS (SELECT 1 AS x) SELECT * FROM selvage_0123456789abcdef
SELECT * FROM (WITH u AS (SELECT 1 AS x) SELECT * FROM u) a, u
SELECT * FROM shop.crm.customer AS invoice JOIN shop.orders.invoice AS customer USING (customer_id)
SELECT customer.first_name FROM shop.crm.customer AS c, (SELECT 'mine' AS first_name) AS customer
SELECT shop.crm.first_name FROM (SELECT {'first_name':'mine'} AS crm) AS shop, shop.crm.customer
SELECT * FROM recurring.customer
WITH RECURSIVE k(id) USING KEY (id) AS (SELECT customer_id FROM shop.crm.customer UNION SELECT id FROM recurring.k WHERE false) SELECT * FROM k
SELECT helped FROM (SELECT *, 1 AS helped FROM shop.crm.customer) c
WITH customer AS (SELECT *, [1] AS "helped~set" FROM shop.crm.customer) SELECT "helped~set" FROM customer
SELECT customer_id FROM (SELECT 1 AS "helped~set") o, LATERAL (SELECT customer_id FROM shop.crm.customer WHERE "helped~set" = 1) i

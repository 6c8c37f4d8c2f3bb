PIVOT shop.crm.customer ON country USING max(first_name)
SELECT * FROM (PIVOT shop.crm.customer ON country USING count(*))
PIVOT shop.crm.customer ON first_name IN (SELECT first_name FROM shop.crm.customer) USING count(*)
SELECT * FROM shop.crm.customer PIVOT (count(*) FOR country IN some_enum)
SELECT * FROM shop.crm.customer AT (VERSION => 1)
SELECT COLUMNS((SELECT max(first_name) FROM shop.crm.customer)) FROM shop.crm.customer
PIVOT shop.crm.customer ON first_name
PIVOT shop.crm.customer ON secret IN ('SECRET01') USING count(*)
PIVOT shop.crm.customer ON country IN ('DE', 'US') USING max(first_name), count(*) GROUP BY vip
PIVOT shop.crm.customer ON country IN ('US') USING max(secret)
PIVOT shop.crm.customer ON country IN ('DE', 'US') USING (SELECT max(secret) FROM p_crm_v1.main.customer)
PIVOT shop.crm.customer ON country IN ('SECRET99', 'DE; DROP TABLE x', '"; --') USING count(*) GROUP BY vip
PIVOT shop.crm.customer ON (SELECT max(secret) FROM p_crm_v1.main.customer) IN ('x') USING count(*)
PIVOT shop.crm.customer ON country IN (SELECT DISTINCT country FROM p_crm_v1.main.customer) USING count(*)
PIVOT shop.crm.customer ON country IN ($1) USING count(*) GROUP BY vip #{"parameters":["US"]}
PIVOT (SELECT country, first_name FROM shop.crm.customer) ON country IN ('US', 'DE') USING count(*)
PIVOT_WIDER shop.crm.customer ON country USING count(*)
SELECT * FROM shop.crm.customer PIVOT (max(first_name) FOR country IN ('US' AS us, 'DE' AS de) GROUP BY vip)
SELECT * FROM shop.crm.customer PIVOT (max(first_name) FOR (country, vip) IN (('US', true)) GROUP BY support_rep_id)
SELECT * FROM shop.crm.customer PIVOT (count(*) FOR country IN (ANY))
SELECT * FROM p_crm_v1.main.customer PIVOT (count(*) FOR country IN ('US'))
UNPIVOT shop.crm.customer ON COLUMNS(* EXCLUDE (customer_id, support_rep_id, birth, spent, vip, joined, score)) INTO NAME n VALUE v
UNPIVOT shop.crm.customer ON COLUMNS('secret|phone') INTO NAME n VALUE v
UNPIVOT INCLUDE NULLS shop.crm.customer ON first_name, phone INTO NAME n VALUE v
UNPIVOT (SELECT * FROM p_crm_v1.main.customer) ON secret
UNPIVOT shop.crm.customer ON (first_name || (SELECT max(secret) FROM p_crm_v1.main.customer)) AS x
SELECT * FROM shop.crm.customer UNPIVOT INCLUDE NULLS ((a, b) FOR n IN ((first_name, country) AS x, (email, phone) AS y))
WITH p AS (PIVOT shop.crm.customer ON country USING count(*)) FROM p
SELECT COLUMNS($1) FROM shop.crm.customer #{"parameters":["secret|phone"]}
SELECT COLUMNS(first_name) FROM shop.crm.customer
SELECT COLUMNS('(' ) FROM shop.crm.customer
SELECT struct_extract(c, $1) FROM shop.crm.customer c #{"parameters":["secret"]}
SELECT c[$1] FROM shop.crm.customer c #{"parameters":["secret"]}
SELECT * FROM (PIVOT shop.crm.customer ON "helped~set" IN ('US') USING count(*))

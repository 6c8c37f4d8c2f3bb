SELECT * FROM shop.crm.customer AT (TIMESTAMP => now())
SELECT * FROM shop.crm.customer AT (VERSION => (SELECT max(secret) FROM p_crm_v1.main.customer))
SELECT * FROM shop.crm.customer AT (VERSION => -1) AS c
SELECT * FROM shop.crm.customer FOR SYSTEM_TIME AS OF '2020-01-01'
SELECT * FROM shop.crm.customer AS OF TIMESTAMP '2020-01-01'
SELECT * FROM p_crm_v0.main.customer
SELECT * FROM p_crm_v2.main.customer
WITH x AS (SELECT 1 AS a) SELECT * FROM x AT (VERSION => 1)
SELECT * FROM (SELECT * FROM shop.crm.customer) AT (VERSION => 1)

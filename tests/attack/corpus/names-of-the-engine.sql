SELECT * FROM p_crm_v1.main.customer
SELECT * FROM p_crm_v1.customer
SELECT * FROM customer
SELECT * FROM main.customer
SELECT * FROM "p_crm_v1"."main"."customer"
SELECT * FROM P_CRM_V1.MAIN.CUSTOMER
SELECT * FROM shop.crm.customer UNION ALL SELECT * FROM p_crm_v1.main.customer
SELECT * FROM shop.crm.customer WHERE first_name IN (FROM p_crm_v1.main.customer SELECT first_name)
SELECT * FROM shop.crm.customer ORDER BY (SELECT max(secret) FROM p_crm_v1.main.customer)
SELECT first_name FROM shop.crm.customer LIMIT (SELECT count(*) FROM p_crm_v1.main.customer)
SELECT * FROM shop.crm.customer QUALIFY (SELECT count(*) FROM p_crm_v1.main.customer) > 0
SELECT * FROM range((SELECT count(*) FROM p_crm_v1.main.customer))
VALUES ((SELECT max(secret) FROM p_crm_v1.main.customer))
SELECT * FROM (PIVOT p_crm_v1.main.customer ON country IN ('US') USING max(first_name))
UNPIVOT p_crm_v1.main.customer ON first_name, country
SELECT list_transform([1], x -> (SELECT max(secret) FROM p_crm_v1.main.customer))
SELECT CAST(first_name AS p_crm_v1.main.customer) FROM shop.crm.customer
SELECT * FROM seq_scan('p_crm_v1.main.customer')
SELECT * FROM memory.main.customer
SELECT * FROM temp.main.customer
SELECT * FROM system.main.duckdb_tables
SELECT * FROM main.duckdb_columns
SELECT * FROM p_orders_v1.main.invoice
SELECT * FROM p_vault_v1.main.ledger
SELECT * FROM "p_crm_v1".customer
SELECT * FROM p_crm_v1..customer
SELECT * FROM p_crm_v1.main.customer.customer
SELECT * FROM shop.crm.customer.secret
SELECT * FROM a.shop.crm.customer
SELECT * FROM shop.customer
SELECT * FROM crm.customer
SELECT * FROM shop.main.customer
SELECT * FROM shop.crm.customer_1
SELECT * FROM shop.crm.customers
SELECT * FROM shop.crm."customer "
SELECT * FROM shop.crm.""
SELECT * FROM "shop"".""crm".customer
SELECT p_crm_v1.main.customer.secret FROM shop.crm.customer
SELECT * FROM shop.crm.customer p_crm_v1, p_crm_v1.main.customer
SELECT * FROM pg_catalog.pg_attribute
SELECT * FROM pg_catalog.pg_stats
SELECT * FROM system.information_schema.columns
SELECT * FROM duckdb_views
SELECT * FROM pragma_table_info('shop.crm.customer')
SELECT "helped~set" FROM p_crm_v1.main.customer
SELECT p_crm_v1.main.customer."helped~set" FROM shop.crm.customer
SELECT site FROM p_crm_v1.main.visit
SELECT * FROM p_crm_v1.main."~made"

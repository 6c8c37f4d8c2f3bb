SELECT * FROM duckdb_tables()
SELECT * FROM duckdb_columns()
SELECT * FROM duckdb_views()
SELECT * FROM duckdb_settings()
SELECT * FROM duckdb_secrets()
SELECT * FROM duckdb_databases()
SELECT * FROM duckdb_table_sample('p_crm_v1.main.customer')
SELECT * FROM pragma_storage_info('p_crm_v1.main.customer')
SELECT * FROM pragma_table_info('p_crm_v1.main.customer')
SELECT * FROM pragma_database_list
SELECT * FROM information_schema.tables
SELECT * FROM shop.information_schema.columns
SELECT * FROM p_crm_v1.information_schema.columns
SELECT * FROM pg_catalog.pg_class
SELECT * FROM pg_tables
SELECT * FROM sqlite_master
SELECT * FROM sqlite_schema
SHOW TABLES
SHOW ALL TABLES
SHOW DATABASES
DESCRIBE p_crm_v1.main.customer
DESCRIBE shop.crm.customer
SELECT * FROM (DESCRIBE p_crm_v1.main.customer)
SELECT rowid, customer_id FROM shop.crm.customer
SELECT current_database(), current_schema(), version()
SELECT current_schema
SELECT current_setting('memory_limit')
SELECT current_query()
EXPLAIN SELECT * FROM shop.crm.customer
EXPLAIN ANALYZE SELECT * FROM shop.crm.customer
SELECT alias((SELECT max(first_name) FROM shop.crm.customer))
SELECT typeof(c) FROM shop.crm.customer c LIMIT 1
SELECT column_name FROM information_schema.columns WHERE column_name LIKE '%set'
DESCRIBE SELECT * FROM shop.crm.customer
SUMMARIZE SELECT * FROM shop.crm.customer

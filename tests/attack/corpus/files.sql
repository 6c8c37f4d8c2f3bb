SELECT * FROM 'customer.csv'
SELECT * FROM '/etc/passwd'
SELECT * FROM "data.parquet"
SELECT * FROM read_csv('customer.csv')
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM read_blob('/proc/self/environ')
SELECT * FROM glob('/**')
SELECT * FROM sniff_csv('customer.csv')
SELECT * FROM parquet_metadata('x')
COPY (SELECT * FROM shop.crm.customer) TO 'x.csv'
COPY shop.crm.customer FROM 'x.csv'
EXPORT DATABASE 'x'
ATTACH 'x.duckdb' AS x
ATTACH ':memory:' AS x
DETACH p_crm_v1
INSTALL httpfs
LOAD httpfs

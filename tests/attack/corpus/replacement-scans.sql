FROM 'shop/customer.csv'
FROM "shop/customer.csv"
FROM './customer.csv'
FROM '../data/shop/customer.csv'
FROM "*.csv"
FROM '**/*.duckdb'
FROM 'https://example.invalid/x.parquet'
FROM 's3://bucket/x.parquet'
FROM "file:///etc/passwd"
FROM '/proc/self/maps'
FROM '/dev/stdin'
FROM '~/.profile'
FROM ['a.csv', 'b.csv']
FROM 'x.json'
WITH x AS (FROM 'x.json') FROM x
FROM "p_crm_v1.duckdb"
FROM df
FROM "shop"."crm"."customer.csv"
FROM shop.crm."/etc/passwd"
FROM shop."crm/customer.parquet"
FROM 'customer'
FROM ''
SELECT * FROM read_duckdb('p_crm_v1.duckdb')
SELECT * FROM read_json_auto('/etc/hostname')
SELECT * FROM read_ndjson_objects('/etc/hostname')
SELECT * FROM parquet_scan('x')
SELECT * FROM parquet_kv_metadata('x')
SELECT content FROM read_text('keys/*')
SELECT * FROM read_csv_auto(['/etc/passwd'], delim := ':')
SELECT getenv('HOME')
SELECT * FROM which_secret('s3://x', 's3')
SELECT * FROM arrow_scan(1, 2, 3)
SELECT * FROM test_all_types()
SELECT * FROM shop.crm.customer JOIN '/etc/passwd' ON true
SELECT (SELECT count(*) FROM '/etc/passwd')
SELECT * FROM unnest((SELECT list(content) FROM read_text('/etc/passwd')))

SELECT stats(first_name) FROM shop.crm.customer
SELECT STATS(spent) FROM shop.crm.customer LIMIT 1
SELECT main.stats(customer_id) FROM shop.crm.customer
SELECT system.main.stats(first_name) FROM shop.crm.customer
SELECT first_name.stats() FROM shop.crm.customer
SELECT COLUMNS(c -> stats(c) IS NOT NULL) FROM shop.crm.customer
SELECT list_aggregate([first_name], 'stats') FROM shop.crm.customer
SELECT vector_type(first_name) FROM shop.crm.customer
SUMMARIZE shop.crm.customer
SELECT * FROM (SUMMARIZE shop.crm.customer)
SUMMARIZE p_crm_v1.main.customer
SELECT epoch_ns(invoice_date) FROM shop.orders.invoice
SELECT timezone('Asia/Tokyo', invoice_date)::VARCHAR FROM shop.orders.invoice
SELECT invoice_date + INTERVAL 300000 YEAR FROM shop.orders.invoice WHERE total > 1000
SELECT approx_count_distinct(first_name), approx_quantile(customer_id, 0.99) FROM shop.crm.customer
SELECT min(customer_id), max(customer_id), min(joined), max(joined), min(score), max(score) FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE customer_id > 77654321986
SELECT count(*), count(secret) FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE joined > TIMESTAMP '9000-01-01' OR joined < TIMESTAMP '1700-01-01'
SELECT count(DISTINCT country), approx_count_distinct(customer_id) FROM shop.crm.customer
SELECT stats(customer_id) FROM (SELECT customer_id FROM shop.crm.customer LIMIT 1)
SELECT stats(max(customer_id)) FROM shop.crm.customer
SELECT stats(x) FROM (SELECT customer_id + 1 AS x FROM shop.crm.customer UNION ALL SELECT 1)
SELECT [stats(first_name)] FROM shop.crm.customer
SELECT 'first_name'.stats()
WITH x AS MATERIALIZED (FROM shop.crm.customer) SELECT stats(score) FROM x
SELECT * FROM pragma_storage_info('p_orders_v1.main.invoice') WHERE stats <> ''
SELECT estimated_size FROM duckdb_tables()
SELECT * FROM duckdb_table_sample('customer')
SELECT timezone(joined), timezone('UTC', joined) IS NULL FROM shop.crm.customer
SELECT joined::TIMESTAMPTZ::VARCHAR FROM shop.crm.customer
SELECT epoch_us(joined), epoch_ms(joined), epoch(joined) FROM shop.crm.customer
SELECT julian(joined), dayname(joined), strftime(joined, '%Y') FROM shop.crm.customer
SELECT customer_id - 77654321987, customer_id * customer_id FROM shop.crm.customer
SELECT (customer_id + 9223372036777121000) IS NULL FROM shop.crm.customer
SELECT customer_id FROM shop.crm.customer WHERE customer_id::VARCHAR LIKE '776%'
SELECT range(min(customer_id), max(customer_id)) FROM shop.crm.customer
SELECT entropy(country), kurtosis(customer_id), skewness(customer_id), mad(customer_id) FROM shop.crm.customer WHERE country IN ('DE', 'US')
SELECT product(customer_id), bit_xor(customer_id), favg(customer_id) = avg(customer_id), fsum(score) IS NULL FROM shop.crm.customer
SELECT bitstring_agg(customer_id) FROM shop.crm.customer
SELECT bitstring_agg(support_rep_id) FROM shop.crm.customer WHERE country = 'DE'
SELECT customer_id.bitstring_agg() FROM shop.crm.customer
SELECT bitstring_agg(customer_id) OVER () FROM shop.crm.customer
SELECT list_aggregate([1, 5], 'bitstring_agg'), list_aggregate([1, 5], 'bitstring_agg', 1, 5)
SELECT [1, 5].array_aggr('bitstring_agg')
SELECT list_aggregate(list(customer_id), $1) FROM shop.crm.customer #{"parameters":["bitstring_agg"]}
SELECT stats("helped~set") FROM shop.crm.customer

SELECT count(*) FROM shop.crm.customer TABLESAMPLE 100%
SELECT count(*) FROM shop.crm.customer TABLESAMPLE system(100%)
SELECT count(*) FROM shop.crm.customer TABLESAMPLE bernoulli(100%) REPEATABLE (1)
SELECT max(customer_id) FROM shop.crm.customer TABLESAMPLE reservoir(100000 ROWS)
SELECT count(*) FROM (SELECT * FROM shop.crm.customer USING SAMPLE 1000 ROWS)
SELECT count(*) FROM (SELECT * FROM shop.crm.customer USING SAMPLE reservoir(2 ROWS) REPEATABLE (42))
SELECT count(*) FROM shop.crm.customer USING SAMPLE 0 ROWS
SELECT count(*) FROM shop.crm.customer TABLESAMPLE -1%
SELECT count(*) FROM shop.crm.customer TABLESAMPLE 9999999999999 ROWS
SELECT count(*) FROM shop.crm.customer TABLESAMPLE 101%
SELECT count(*) FROM p_crm_v1.main.customer TABLESAMPLE 1%
SELECT count(*) FROM p_crm_v1.main.customer USING SAMPLE 3
SELECT count(*) FROM shop.crm.customer a TABLESAMPLE 100% (x, y)
SELECT customer_id FROM shop.crm.customer LIMIT 9223372036854775807
SELECT customer_id FROM shop.crm.customer LIMIT -1
SELECT customer_id FROM shop.crm.customer ORDER BY 1 OFFSET 9223372036854775807
SELECT customer_id FROM shop.crm.customer ORDER BY 1 LIMIT 100%
SELECT customer_id FROM shop.crm.customer ORDER BY 1 LIMIT NULL
SELECT customer_id FROM shop.crm.customer ORDER BY 1 DESC LIMIT 1
SELECT customer_id FROM shop.crm.customer ORDER BY 1 DESC FETCH FIRST 2 ROWS ONLY
SELECT customer_id FROM shop.crm.customer ORDER BY 1 LIMIT (SELECT max(customer_id) FROM shop.crm.customer)
SELECT count(*) FROM (SELECT customer_id FROM shop.crm.customer LIMIT 4)
SELECT count(*) FROM (SELECT customer_id FROM shop.crm.customer OFFSET 4)
SELECT arg_max(first_name, customer_id), arg_min(country, customer_id), max_by(customer_id, score) FROM shop.crm.customer
SELECT first(customer_id ORDER BY customer_id), last(customer_id ORDER BY customer_id) FROM shop.crm.customer
SELECT count(any_value(first_name)) OVER () FROM shop.crm.customer
SELECT mode(country), median(customer_id), quantile_disc(customer_id, 0.999) FROM shop.crm.customer WHERE country IN ('DE', 'US')
SELECT reservoir_quantile(customer_id, 0.99) > 77654321000, approx_quantile(customer_id, 1.0) FROM shop.crm.customer
SELECT approx_top_k(country, 1000000) FROM shop.crm.customer WHERE country IN ('DE', 'US')
SELECT histogram(country), histogram(spent, [0, 100, 77654322]) FROM shop.crm.customer
SELECT bit_or(customer_id), bitstring_agg(customer_id, 0, 20) FROM shop.crm.customer WHERE customer_id < 20

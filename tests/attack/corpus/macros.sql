SELECT * FROM histogram(shop.crm.customer, first_name)
SELECT * FROM histogram('p_crm_v1.main.customer', 'first_name')
SELECT main.list_max([1, 2]), system.main.list_min([1, 2])
SELECT pg_catalog.pg_typeof(1)
SELECT system.pg_catalog.pg_typeof(1)
SELECT information_schema.lower('x')
SELECT nullif(first_name, (SELECT max(secret) FROM p_crm_v1.main.customer)) FROM shop.crm.customer
SELECT list_any_value([c]), list_mode([c]), list_histogram([c]) FROM shop.crm.customer c
SELECT json_group_structure(c), json_group_object(first_name, customer_id) FROM (SELECT * FROM shop.crm.customer ORDER BY customer_id) c
SELECT wavg(customer_id, length(first_name)), geometric_mean(customer_id) FROM shop.crm.customer WHERE customer_id < 10
SELECT generate_subscripts([first_name, country], 1) FROM shop.crm.customer
SELECT list_aggr(list(customer_id), 'max'), list_aggr(list(first_name), 'min') FROM shop.crm.customer
SELECT list_aggregate([customer_id], 'sum_no_overflow') FROM shop.crm.customer
SELECT list_aggregate([1], 'last'), list_aggregate([1], 'histogram_exact')
SELECT list_aggregate([first_name], 'approx_top_k', 3) FROM shop.crm.customer WHERE customer_id = 1
SELECT list_aggregate([first_name], lower('MAX')) FROM shop.crm.customer
SELECT list_aggregate([first_name], country) FROM shop.crm.customer
SELECT list_aggregate([1], 'p_crm_v1.main.max')
SELECT sum_no_overflow(customer_id) FROM shop.crm.customer
SELECT * FROM repeat_row(1, num_rows := 3)
SELECT * FROM repeat((SELECT max(secret) FROM p_crm_v1.main.customer), 3)
SELECT * FROM json_each((SELECT to_json(c) FROM shop.crm.customer c WHERE customer_id = 1))
SELECT key, type FROM shop.crm.customer c, json_tree(to_json(c)) WHERE c.customer_id = 1
SELECT * FROM main.range(3)
SELECT * FROM system.main.range(3)
SELECT * FROM p_crm_v1.main.range(3)
SELECT range.* FROM range(3) range
CREATE TEMP MACRO first_name(x) AS (SELECT max(secret) FROM p_crm_v1.main.customer)
CREATE MACRO customer() AS TABLE SELECT * FROM p_crm_v1.main.customer
DROP MACRO list_max
SELECT list_aggr("helped~set", 'max') FROM shop.crm.customer

SELECT c FROM shop.crm.customer c
SELECT customer FROM shop.crm.customer
SELECT customer.* FROM shop.crm.customer
SELECT row_to_json(customer) FROM shop.crm.customer
SELECT to_json(c) FROM shop.crm.customer c
SELECT json_extract(to_json(customer), '$.secret') FROM shop.crm.customer
SELECT customer['secret'] FROM shop.crm.customer
SELECT struct_extract(customer, 'secret') FROM shop.crm.customer
SELECT struct_keys(customer) FROM shop.crm.customer LIMIT 1
SELECT unnest(customer) FROM shop.crm.customer
SELECT list_transform([customer], x -> x.secret) FROM shop.crm.customer
SELECT max(c) FROM shop.crm.customer c
SELECT hash(c), md5(c::VARCHAR) FROM shop.crm.customer c
SELECT c FROM (SELECT * FROM shop.crm.customer) c
SELECT c.c FROM shop.crm.customer c
SELECT count(DISTINCT c), count(c) FROM shop.crm.customer c
SELECT list(c ORDER BY customer_id)[1] FROM shop.crm.customer c
SELECT c = c, c < c, c IS NULL, hash(c) = hash(c) FROM shop.crm.customer c
SELECT arg_max(c, customer_id) FROM shop.crm.customer c
SELECT first_value(c) OVER (ORDER BY customer_id DESC) FROM shop.crm.customer c
SELECT lag(c) OVER (ORDER BY customer_id) FROM shop.crm.customer c
SELECT c FROM shop.crm.customer c GROUP BY c ORDER BY c DESC
SELECT DISTINCT c FROM shop.crm.customer c
SELECT c FROM shop.crm.customer c UNION ALL SELECT x FROM p_crm_v1.main.customer x
SELECT c::VARCHAR, c::JSON, to_json(c)->'$.phone', json(c) FROM shop.crm.customer c
SELECT json_keys(to_json(c)), json_structure(to_json(c)) FROM shop.crm.customer c
SELECT array_to_json([c]), json_object('c', c), json_merge_patch(to_json(c), '{}') FROM shop.crm.customer c
SELECT map([1], [c]), struct_concat(c, {'z': 1}), struct_update(c, first_name := 'mine') FROM shop.crm.customer c
SELECT {'x': c}.x.phone, ({'x': c}).x.secret FROM shop.crm.customer c
SELECT * FROM (SELECT unnest(c) FROM shop.crm.customer c)
SELECT c.* EXCLUDE (secret), c.* REPLACE (upper(first_name) AS first_name) FROM shop.crm.customer c
SELECT c.* LIKE '%' FROM shop.crm.customer c
SELECT c.COLUMNS('.*') FROM shop.crm.customer c
SELECT shop.crm.customer.* FROM shop.crm.customer
SELECT crm.customer.* FROM shop.crm.customer
SELECT shop.crm.* FROM shop.crm.customer
SELECT i.*, c.* FROM shop.orders.invoice i, shop.crm.customer c WHERE i.customer_id = c.customer_id
SELECT (SELECT c) FROM shop.crm.customer c
SELECT (SELECT c.*) FROM shop.crm.customer c
SELECT x FROM shop.crm.customer c, LATERAL (SELECT c AS x)
SELECT *, * EXCLUDE first_name, COLUMNS(*) FROM shop.crm.customer
SELECT * FROM shop.crm.customer WHERE COLUMNS(*) IS NOT NULL
SELECT * FROM shop.crm.customer ORDER BY COLUMNS('secret|phone|email'), customer_id
SELECT COALESCE(*COLUMNS(* EXCLUDE (customer_id, support_rep_id, birth, spent, vip, joined, score))) FROM shop.crm.customer
SELECT hash(*COLUMNS(*)) IS NULL FROM shop.crm.customer
SELECT #1, #8, #12 FROM shop.crm.customer
SELECT c.first_name FROM shop.crm.customer c ORDER BY #1
SELECT 1 FROM shop.crm.customer c WHERE c::VARCHAR LIKE '%SECRET%'
SELECT to_json(c)->'$.helped', to_json(c)->'$."helped~set"' FROM shop.crm.customer c
SELECT c['helped~set'] FROM shop.crm.customer c
SELECT struct_extract(c, 'helped') FROM shop.crm.customer c
SELECT struct_keys(c) FROM shop.crm.customer c LIMIT 1
SELECT struct_has(c, 'helped~set'), struct_position(c, 'helped') FROM shop.crm.customer c
SELECT c::STRUCT("helped~set" VARCHAR[]) FROM shop.crm.customer c
SELECT CAST(row(c) AS VARCHAR) FROM shop.crm.customer c WHERE c::VARCHAR LIKE '%helped%'
SELECT c.* EXCLUDE ("helped~set") FROM shop.crm.customer c
SELECT {'x': c}.x."helped~set" FROM shop.crm.customer c
SELECT array_length(list_value(*COLUMNS(*::VARCHAR))) FROM shop.crm.customer
SELECT c."sites~set"[1], c.sites FROM shop.crm.customer c
SELECT struct_extract_at(c, 12) FROM shop.crm.customer c

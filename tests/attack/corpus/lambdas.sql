SELECT list_transform([1], secret -> secret) FROM shop.crm.customer
SELECT list_transform([1], customer -> customer.secret) FROM shop.crm.customer
SELECT list_transform([1], first_name -> first_name + 1) FROM shop.crm.customer
SELECT list_transform([c], x -> x.secret) FROM shop.crm.customer c
SELECT list_transform([c], x -> x['secret']) FROM shop.crm.customer c
SELECT list_transform([c], x -> to_json(x)) FROM shop.crm.customer c WHERE customer_id = 1
SELECT [x.secret FOR x IN [customer]] FROM shop.crm.customer
SELECT [x FOR x IN [first_name, country] IF x LIKE 'S%'] FROM shop.crm.customer
SELECT list_filter(list(customer_id), x -> x > 77654321000) FROM shop.crm.customer
SELECT list_filter([1, 2], x -> x > (SELECT count(*) FROM p_crm_v1.main.customer))
SELECT list_transform([1], x -> (SELECT max(first_name) FROM shop.crm.customer))
SELECT list_reduce([1, 2, 3], (a, b) -> a + b + customer_id) FROM shop.crm.customer WHERE customer_id < 20
SELECT list_reduce(['a'], (a, b) -> a || secret) FROM shop.crm.customer
SELECT list_transform([1, 2], lambda x: x + support_rep_id) FROM shop.crm.customer
SELECT list_transform([1, 2], lambda x, i: x + i + secret) FROM shop.crm.customer
SELECT list_transform([[1]], x -> list_transform(x, y -> y + customer_id + x[1])) FROM shop.crm.customer
SELECT list_transform([1], x -> stats(first_name)) FROM shop.crm.customer
SELECT list_transform(['customer'], x -> query_table(x))
SELECT apply([1], x -> rowid) FROM shop.crm.customer
SELECT list_transform([1], x -> current_setting('threads'))
SELECT list_sort(list(first_name), 'DESC', 'NULLS LAST')[1] FROM shop.crm.customer
SELECT list_sort(list(first_name), country) FROM shop.crm.customer
SELECT list_transform([1], shop -> shop.crm.customer.secret) FROM shop.crm.customer
SELECT list_zip(list(first_name ORDER BY customer_id), list(country ORDER BY customer_id))::VARCHAR FROM shop.crm.customer
SELECT unnest(list_transform([c], x -> x)) FROM shop.crm.customer c
SELECT unnest(c, recursive := true) FROM shop.crm.customer c
SELECT unnest([{'a': first_name, 'b': [country]}], max_depth := 3) FROM shop.crm.customer
SELECT list_transform(helped, x -> x) FROM shop.crm.customer
SELECT list_filter([c], x -> len(x."helped~set") > 0) FROM shop.crm.customer c

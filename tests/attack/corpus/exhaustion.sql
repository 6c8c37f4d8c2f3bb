SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))
SELECT repeat(repeat('x', 1000000), 100000)
SELECT length(string_agg(repeat('x', 10000000), '')) FROM range(100000)
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT a.n + b.n FROM r a, r b) SELECT count(*) FROM r
SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c WHERE a.range + b.range = c.range * 7 + 1
SELECT list_sort(range(200000000))
SELECT a.range FROM range(100000000) a ORDER BY md5(a.range::VARCHAR)
SELECT lpad('x', 2000000000, 'y')
SELECT format('{:>2000000000}', 'x')
SELECT printf('%2000000000d', 1)
SELECT length(bar(1, 0, 1, 1000000000))
SELECT len(list_resize([1], 2000000000))
SELECT length(repeat('x', 9223372036854775807))
SELECT len(repeat([1, 2, 3], 500000000))
SELECT bit_length(bitstring('1', 2000000000))
SELECT length(to_base(1, 2, 2147483647))
SELECT len(range(9223372036854775807))
SELECT count(*) FROM range(9223372036854775807) t(x) WHERE x % 7 = 8
SELECT damerau_levenshtein(repeat('a', 60000), repeat('b', 60000))
SELECT jaro_similarity(repeat('ab', 300000), repeat('ba', 300000))
SELECT length(regexp_replace(repeat('a', 5000000), '(a*)*b|a', 'bbbb', 'g'))
SELECT len(regexp_extract_all(repeat('a', 30000000), '(a|b|ab)*?'))
SELECT len(list_distinct(range(300000000)))
SELECT len(list_sort(list_transform(range(30000000), x -> md5(x::VARCHAR))))
SELECT histogram(x) FROM range(100000000) t(x)
SELECT mode(x), median(x), quantile_disc(x, [0.1, 0.2]) FROM range(200000000) t(x)
SELECT approx_top_k(x, 1000000) FROM range(50000000) t(x)
SELECT count(*) FROM (SELECT x, row_number() OVER (ORDER BY x % 1000, md5(x::VARCHAR)) r FROM range(50000000) t(x)) WHERE r = 1
SELECT count(DISTINCT md5(x::VARCHAR)) FROM range(100000000) t(x)
SELECT list(x) FROM range(300000000) t(x)
SELECT unnest(range(1000000)) FROM range(1000000) LIMIT 1 OFFSET 900000000000
SELECT count(*) FROM generate_series(TIMESTAMP '0001-01-01', TIMESTAMP '9999-01-01', INTERVAL 1 MICROSECOND)
SELECT count(*) FROM range(3000000) a JOIN range(3000000) b ON a.range % 3 = b.range % 3
SELECT bitstring_agg(x, 0, 9223372036854775806) FROM range(3) t(x)
SELECT x, list_reduce(range(100000000), (a, b) -> a + b) FROM range(100) t(x)
SELECT sha256(repeat('x', 200000000)), md5(repeat('y', 200000000))
SELECT array_to_string(list_transform(range(100000000), x -> 'xxxxxxxxxx'), ',')
SELECT json_group_array(x) FROM range(100000000) t(x)
SELECT factorial(33), 2 ** 1024, pow(10, 400)
SELECT strftime(DATE '2020-01-01', repeat('%A', 100000000))
SELECT nfc_normalize(repeat('é', 200000000))
SELECT map_from_entries(list_transform(range(20000000), x -> (x, x)))
WITH RECURSIVE t(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM t) SELECT max(length(s)) FROM t
WITH RECURSIVE t(l) AS (SELECT [1] UNION ALL SELECT list_concat(l, l) FROM t) SELECT max(len(l)) FROM t
SELECT count(*) FROM shop.crm.customer a, shop.crm.customer b, shop.crm.customer c, shop.crm.customer d, shop.crm.customer e, shop.crm.customer f, shop.crm.customer g, shop.crm.customer h, shop.crm.customer i, shop.crm.customer j, shop.crm.customer k WHERE a.customer_id + b.customer_id + c.customer_id = d.customer_id * e.customer_id + f.customer_id - g.customer_id + h.customer_id + i.customer_id * j.customer_id + k.customer_id
SELECT count(*) FROM shop.crm.customer, range(1000000000) WHERE first_name || range::VARCHAR = 'x'

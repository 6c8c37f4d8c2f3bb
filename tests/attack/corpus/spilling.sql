SELECT repeat(md5(range::VARCHAR), 300) AS x FROM range(10000000) ORDER BY x
SELECT count(*) FROM (SELECT repeat(md5(range::VARCHAR), 300) AS x, row_number() OVER (ORDER BY md5(range::VARCHAR)) AS r FROM range(10000000)) WHERE x > '' AND r > 0
SELECT count(*) FROM (SELECT DISTINCT repeat(sha256(range::VARCHAR), 200) AS x FROM range(10000000))
SELECT x, count(*) FROM (SELECT repeat(md5(range::VARCHAR), 300) AS x FROM range(10000000)) GROUP BY x
SELECT count(*) FROM (SELECT repeat(md5(range::VARCHAR), 300) AS x FROM range(10000000)) a JOIN (SELECT repeat(md5(range::VARCHAR), 300) AS y FROM range(10000000)) b ON a.x = b.y
WITH t AS MATERIALIZED (SELECT repeat(md5(range::VARCHAR), 300) AS x FROM range(10000000)) SELECT count(*) FROM t a, t b WHERE a.x < b.x
SELECT repeat(first_name, 2000) AS x, range FROM shop.crm.customer, range(10000000) ORDER BY md5(range::VARCHAR)

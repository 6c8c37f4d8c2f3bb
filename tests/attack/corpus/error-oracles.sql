SELECT * FROM shop.crm.customer WHERE error(first_name) IS NULL
SELECT CASE WHEN country = 'US' THEN error(first_name) ELSE first_name END FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE 1 / (CASE WHEN country = 'US' THEN 0 ELSE 1 END) >= 0
SELECT count(*) FROM shop.crm.customer WHERE CAST(CASE WHEN country = 'US' THEN first_name ELSE '1' END AS INTEGER) = 1
SELECT count(*) FROM shop.crm.customer WHERE CAST(first_name AS INTEGER) = 1 AND country = 'US'
SELECT count(*) FROM shop.crm.customer WHERE chr(CASE WHEN first_name LIKE 'S%' THEN -1 ELSE 65 END) = 'A'
SELECT count(*) FROM shop.crm.customer WHERE chr((CASE WHEN customer_id > 100 THEN -1 ELSE 65 END)::INTEGER) = 'A'
SELECT count(*) FROM shop.crm.customer WHERE gcd(CASE WHEN customer_id > 100 THEN -9223372036854775808 ELSE 2 END, 0) > 0
SELECT count(*) FROM shop.crm.customer WHERE epoch_ms(CASE WHEN country = 'US' THEN 9223372036854775807 ELSE 1 END) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE to_timestamp(CASE WHEN country = 'US' THEN 1e300 ELSE 1 END) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE regexp_matches(first_name, CASE WHEN country = 'US' THEN '(' ELSE 'a' END)
SELECT count(*) FROM shop.crm.customer WHERE regexp_replace('x', CASE WHEN first_name LIKE 'S%' THEN '[' ELSE 'a' END, 'b') = 'x'
SELECT count(*) FROM shop.crm.customer WHERE make_date(CASE WHEN country = 'US' THEN 99999999 ELSE 2000 END, 1, 1) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE strptime(first_name, '%Y') IS NOT NULL AND country = 'US'
SELECT count(*) FROM shop.crm.customer WHERE repeat('x', (CASE WHEN country = 'US' THEN 9223372036854775807 ELSE 1 END)) = 'x'
SELECT sum(CASE WHEN country = 'US' THEN 9223372036854775807 ELSE 1 END) FROM shop.crm.customer
SELECT customer_id * 922337203 FROM shop.crm.customer
SELECT (customer_id * 922337203) % 7 FROM shop.crm.customer WHERE country = 'US'
SELECT spent::DECIMAL(8,2) FROM shop.crm.customer WHERE spent > 1000000
SELECT spent::SMALLINT FROM shop.crm.customer
SELECT customer_id::INTEGER FROM shop.crm.customer
SELECT (SELECT customer_id FROM shop.crm.customer WHERE country = 'US')
SELECT customer_id FROM shop.crm.customer ORDER BY 1 / (customer_id - 4)
SELECT 1 FROM shop.crm.customer HAVING 1 / (count(*) - 9) IS NULL
SELECT c.customer_id FROM shop.crm.customer c JOIN shop.orders.invoice i ON CAST(c.first_name AS INTEGER) = i.invoice_id
SELECT birth + INTERVAL 290000 YEAR FROM shop.crm.customer
SELECT birth::TIMESTAMP::TIMESTAMP_NS FROM shop.crm.customer
SELECT date_diff('microsecond', birth::TIMESTAMP, TIMESTAMP '1970-01-01') * 30 FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE CAST(email AS INTEGER) = 1
SELECT count(*) FROM shop.crm.customer WHERE 1 / (spent - 12.50) > 0
SELECT TRY(CAST(first_name AS INTEGER)), TRY_CAST(email AS DATE) FROM shop.crm.customer
SELECT CAST('SEC' || 'RET' AS INTEGER)
SELECT count(*) FROM shop.crm.customer WHERE decode(CASE WHEN country = 'US' THEN '\xff'::BLOB ELSE 'a'::BLOB END) = 'a'
SELECT count(*) FROM shop.crm.customer WHERE json_extract(CASE WHEN country = 'US' THEN '{' ELSE '{}' END, '$.a') IS NULL
SELECT count(*) FROM shop.crm.customer WHERE 1 / (spent - 77654321.99) > 0
SELECT count(*) FROM shop.crm.customer WHERE customer_id IN (1, 7) AND 1 / (spent::DOUBLE - 77654321.99) > 0
SELECT count(*) FROM shop.crm.customer WHERE CAST(phone AS INTEGER) > 0
SELECT max(CAST(phone AS DATE)) FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE CAST(right(email, 3) AS INTEGER) = 1
SELECT joined::TIMESTAMP_NS FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE epoch_ns(joined) > 0
SELECT max(joined + INTERVAL 290000 YEAR) FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE joined + to_years((customer_id % 300000)::INTEGER) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE age(joined, TIMESTAMP '1970-01-01') > INTERVAL 1 DAY
SELECT count(*) FROM shop.crm.customer WHERE joined AT TIME ZONE 'Asia/Tokyo' IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE joined AT TIME ZONE country IS NOT NULL
SELECT score::INTEGER FROM shop.crm.customer
SELECT score::FLOAT FROM shop.crm.customer
SELECT score * score FROM shop.crm.customer
SELECT exp(score), pow(score, 3) FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE sqrt(score) >= 0
SELECT count(*) FROM shop.crm.customer WHERE ln(customer_id) >= 0 AND country = 'US'
SELECT count(*) FROM shop.crm.customer WHERE acos(score) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE factorial((customer_id % 50)::INTEGER) > 0
SELECT customer_id::TINYINT FROM shop.crm.customer
SELECT sum(customer_id::SMALLINT) FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE customer_id::INTEGER > 0
SELECT chr(customer_id::INTEGER) FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE make_timestamp(customer_id * 1000000000) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE date_trunc(first_name, joined) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE date_part(country, joined) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE date_diff(CASE WHEN country = 'US' THEN 'nosuch' ELSE 'day' END, joined, joined) = 0
SELECT count(*) FROM shop.crm.customer WHERE json_extract(first_name, '$') IS NULL
SELECT count(*) FROM shop.crm.customer WHERE json_valid(first_name) OR json_type(CASE WHEN country = 'US' THEN first_name ELSE '1' END) = 'X'
SELECT count(*) FROM shop.crm.customer WHERE from_json(CASE WHEN country = 'US' THEN first_name ELSE '{}' END, '{"a": "VARCHAR"}') IS NULL
SELECT count(*) FROM shop.crm.customer WHERE json_transform_strict(CASE WHEN country = 'US' THEN '{"a": 1}' ELSE '{"b": 1}' END, '{"b": "BIGINT"}') IS NULL
SELECT count(*) FROM shop.crm.customer WHERE regexp_matches('x', CASE WHEN country = 'US' THEN first_name || '(' ELSE 'x' END)
SELECT count(*) FROM shop.crm.customer WHERE first_name LIKE 'x' ESCAPE CASE WHEN country = 'US' THEN first_name ELSE '!' END
SELECT count(*) FROM shop.crm.customer WHERE CASE WHEN country = 'US' THEN first_name ELSE 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' END::UUID IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE CASE WHEN country = 'US' THEN first_name ELSE 'Anna' END::ENUM ('Anna') IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE CASE WHEN country = 'US' THEN first_name ELSE '1 day' END::INTERVAL IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE CASE WHEN country = 'US' THEN first_name ELSE '101' END::BIT IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE CASE WHEN country = 'US' THEN first_name ELSE '[1]' END::INTEGER[] IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE strptime(CASE WHEN country = 'US' THEN first_name ELSE '2020' END, '%Y') IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE strptime('2020', CASE WHEN country = 'US' THEN '%Q' ELSE '%Y' END) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE format(CASE WHEN country = 'US' THEN '{' ELSE '{}' END, 1) = '1'
SELECT count(*) FROM shop.crm.customer WHERE printf(CASE WHEN country = 'US' THEN '%' ELSE '%d' END, 1) = '1'
SELECT count(*) FROM shop.crm.customer WHERE unhex(CASE WHEN country = 'US' THEN first_name ELSE 'ff' END) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE from_base64(CASE WHEN country = 'US' THEN first_name ELSE 'AAAA' END) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE from_binary(CASE WHEN country = 'US' THEN first_name ELSE '01' END) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE decode(from_hex(CASE WHEN country = 'US' THEN 'ff' ELSE '41' END)) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE to_base(customer_id, CASE WHEN country = 'US' THEN 1 ELSE 2 END) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE to_base(CASE WHEN country = 'US' THEN -1 ELSE 1 END, 2) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE nfc_normalize(first_name) = first_name OR bar(customer_id, 0, 0, 0) = ''
SELECT count(*) FROM shop.crm.customer WHERE len(range(CASE WHEN country = 'US' THEN 77654321987 ELSE 3 END)) = 3
SELECT count(*) FROM shop.crm.customer WHERE list_resize([1], customer_id) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE [1, 2][customer_id] IS NULL AND list_slice([1], 1, 1, (customer_id - 4)::BIGINT) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE map_from_entries([(customer_id, 1), (CASE WHEN country = 'US' THEN customer_id ELSE 0 END, 2)]) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE MAP {CASE WHEN country = 'US' THEN NULL ELSE 'a' END: 1} IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE union_extract(first_name::UNION (n BIGINT, s VARCHAR), 's') IS NULL
SELECT count(*) FROM shop.crm.customer WHERE hamming(first_name, CASE WHEN country = 'US' THEN 'x' ELSE first_name END) = 0
SELECT count(*) FROM shop.crm.customer WHERE array_cosine_distance([score, 1]::DOUBLE[2], [0, 0]::DOUBLE[2]) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE list_cosine_similarity([1], CASE WHEN country = 'US' THEN [1, 2] ELSE [1] END) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE ([1, 2]::INTEGER[2])[customer_id] IS NULL
SELECT count(*) FROM shop.crm.customer WHERE get_bit('1010'::BIT, (customer_id - 1)::INTEGER) >= 0
SELECT count(*) FROM shop.crm.customer WHERE 1 << customer_id::INTEGER > 0
SELECT count(*) FROM shop.crm.customer WHERE (CASE WHEN country = 'US' THEN -1 ELSE 1 END) << 62 > 0
SELECT count(*) FROM shop.crm.customer WHERE abs(CASE WHEN country = 'US' THEN -9223372036854775808 ELSE 1 END) > 0
SELECT count(*) FROM shop.crm.customer WHERE -(CASE WHEN country = 'US' THEN -9223372036854775808 ELSE 1 END) < 0
SELECT count(*) FROM shop.crm.customer WHERE (CASE WHEN country = 'US' THEN -9223372036854775808 ELSE 1 END) // -1 < 0
SELECT count(*) FROM shop.crm.customer WHERE time_bucket(INTERVAL (CASE WHEN country = 'US' THEN 0 ELSE 1 END) DAY, joined) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE substring(first_name, CASE WHEN country = 'US' THEN -9223372036854775808 ELSE 1 END) IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE pg_size_pretty(customer_id) = '' OR parse_formatted_bytes(CASE WHEN country = 'US' THEN first_name ELSE '1 kB' END) = 0
SELECT count(*) FROM shop.crm.customer WHERE uuid_extract_timestamp(CASE WHEN country = 'US' THEN 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' ELSE '019a0000-0000-7000-8000-000000000000' END::UUID) IS NOT NULL
SELECT count(*) FROM shop.crm.customer GROUP BY 1 / (customer_id - 4)
SELECT customer_id FROM shop.crm.customer QUALIFY sum(CASE WHEN country = 'US' THEN 9223372036854775807 ELSE 1 END) OVER () > 0
SELECT sum(customer_id) OVER (ORDER BY customer_id RANGE BETWEEN CASE WHEN country = 'US' THEN -1 ELSE 1 END PRECEDING AND CURRENT ROW) FROM shop.crm.customer
SELECT ntile((CASE WHEN country = 'US' THEN 0 ELSE 1 END)) OVER (ORDER BY customer_id) FROM shop.crm.customer
SELECT count(*) FILTER (WHERE CAST(first_name AS INTEGER) > 0) FROM shop.crm.customer WHERE country = 'US'
SELECT c.customer_id FROM shop.crm.customer c ORDER BY CAST(CASE WHEN country = 'US' THEN first_name ELSE '1' END AS INTEGER), 1
SELECT DISTINCT ON (1 / (customer_id - 4)) country FROM shop.crm.customer WHERE country = 'US'
SELECT a.customer_id FROM shop.crm.customer a LEFT JOIN shop.crm.customer b ON CAST(b.first_name AS INTEGER) = a.customer_id AND b.country = 'US' WHERE false
SELECT i.invoice_id FROM shop.orders.invoice i WHERE i.total > (SELECT c.customer_id FROM shop.crm.customer c WHERE c.country = 'US')
SELECT string_split(first_name, '')[99999] , list_extract([1], CASE WHEN country = 'US' THEN -9223372036854775808 ELSE 1 END) FROM shop.crm.customer
SELECT COALESCE(CAST(CASE WHEN country = 'US' THEN first_name END AS INTEGER), 0) FROM shop.crm.customer
SELECT TRY(1 / 0), TRY(CAST(CASE WHEN country = 'US' THEN first_name ELSE 'x' END AS INTEGER)) IS NULL, count(*) FROM shop.crm.customer GROUP BY ALL
SELECT CAST('SECRET' AS INTEGER) FROM shop.crm.customer WHERE false
SELECT * FROM shop.crm.customer WHERE CAST('not a number' AS INTEGER) = 1
SELECT CAST(1 AS DECIMAL(1, 1)), TIMESTAMP '9999-99-99'
SELECT customer_id FROM shop.crm.customer WHERE chr(CASE WHEN country = 'US' THEN -1 ELSE 65 END) = 'A'
SELECT "helpd~set" FROM shop.crm.customer
SELECT helpe FROM shop.crm.customer
SELECT CAST("helped~set" AS INTEGER) FROM shop.crm.customer
SELECT site FROM shop.crm.customer
SELECT customer_id FROM shop.crm.customer WHERE CAST("sites~set"[1] AS INTEGER) = 1

SELECT $1 #{"parameters":[1]}
SELECT $1, $2, $3 #{"parameters":[1]}
SELECT $2 #{"parameters":[]}
SELECT $99 FROM shop.crm.customer #{"parameters":[]}
SELECT first_name FROM shop.crm.customer WHERE country = $1 #{"parameters":["US' OR '1'='1"]}
SELECT first_name FROM shop.crm.customer WHERE country = $1 OR country > '' #{"parameters":["US"]}
SELECT $a, $b FROM shop.crm.customer #{"parameters":{"a":1}}
SELECT $employee_id #{"parameters":{}}
SELECT * FROM $1 #{"parameters":["p_crm_v1.main.customer"]}
SELECT * FROM query_table($1) #{"parameters":["customer"]}
SELECT first_name FROM shop.crm.customer ORDER BY customer_id LIMIT $1 OFFSET $2 #{"parameters":[1000000,0]}
SELECT $__proto__ #{"parameters":{"__proto__x":1}}
SELECT ? #{"parameters":[1]}
SELECT ?, $1 #{"parameters":[1]}
SELECT ?, ?2 #{"parameters":[1,2]}
SELECT $0 #{"parameters":[1]}
SELECT $01, $1 #{"parameters":[1]}
SELECT $2, $1 #{"parameters":[1,2]}
SELECT $-1 #{"parameters":[1]}
SELECT $99999999999999999999 #{"parameters":[1]}
SELECT $1, $18446744073709551617 #{"parameters":[1,2]}
SELECT $1, $a #{"parameters":[1]}
SELECT $١ #{"parameters":[1]}
SELECT $selvage_0123456789abcdef #{"parameters":{"selvage_0123456789abcdef":1}}
SELECT $a, $A #{"parameters":{"a":1,"A":2}}
SELECT $constructor, $tostring #{"parameters":{"constructor":1,"tostring":2}}
SELECT $hasownproperty #{"parameters":{}}
SELECT $a #{"parameters":{"a":1,"'; DROP TABLE customer; --":2}}
SELECT $a #{"parameters":{"a' OR 1=1 --":1}}
SELECT $"a b" #{"parameters":{"a b":1}}
SELECT first_name FROM shop.crm.customer WHERE $1 #{"parameters":[true]}
SELECT first_name FROM shop.crm.customer WHERE $1::BOOLEAN #{"parameters":["secret = 'SECRET01' OR true"]}
SELECT first_name FROM shop.crm.customer ORDER BY $1, customer_id #{"parameters":["secret"]}
SELECT $1 FROM shop.crm.customer GROUP BY $1 #{"parameters":["secret"]}
SELECT customer_id FROM shop.crm.customer WHERE country = $1 #{"parameters":["DE' UNION ALL SELECT secret FROM p_crm_v1.main.customer --"]}
SELECT customer_id FROM shop.crm.customer WHERE first_name LIKE $1 #{"parameters":["S%"]}
SELECT customer_id FROM shop.crm.customer WHERE regexp_matches(first_name, $1) #{"parameters":["SEC("]}
SELECT count(*) FROM shop.crm.customer WHERE customer_id > $1 #{"parameters":[77654321000]}
SELECT count(*) FROM shop.crm.customer WHERE $1 / (customer_id - 4) > 0 #{"parameters":[1]}
SELECT $1::DATE + $2::INTERVAL #{"parameters":["9999-12-31","1 day"]}
SELECT $1::p_crm_v1.main.customer #{"parameters":["x"]}
SELECT CAST($1 AS ENUM ($2)) #{"parameters":["x","y"]}
SELECT * FROM unnest($1) #{"parameters":["p_crm_v1.main.customer"]}
SELECT * FROM range($1) LIMIT 3 #{"parameters":[9007199254740991]}
SELECT * FROM read_csv($1) #{"parameters":["/etc/passwd"]}
SELECT * FROM query($1) #{"parameters":["SELECT * FROM p_crm_v1.main.customer"]}
FROM $1 #{"parameters":["/etc/passwd"]}
FROM $t #{"parameters":{"t":"p_crm_v1.main.customer"}}
SELECT (SELECT $2 FROM shop.crm.customer LIMIT 1), $1 #{"parameters":[1,2]}
WITH x AS (SELECT $2 AS a, * FROM shop.crm.customer WHERE country = $1) SELECT a, count(*) FROM x GROUP BY a #{"parameters":["US","mine"]}
SELECT list_transform([1], x -> x + $1) #{"parameters":[1]}
SELECT first_name FROM shop.crm.customer LIMIT $1 PERCENT #{"parameters":[-5]}
SELECT TRY_CAST($1 AS JSON) #{"parameters":["{\"a\": {\"b\": "]}
SELECT json_extract(to_json(c), $1) FROM shop.crm.customer c #{"parameters":["$.secret"]}
SELECT json_extract(to_json(c), $1) FROM shop.crm.customer c WHERE customer_id = 1 #{"parameters":["$.*"]}
SELECT strftime(joined, $1) FROM shop.crm.customer #{"parameters":["%Q"]}
SELECT printf($1, first_name) FROM shop.crm.customer #{"parameters":["%s %s %n"]}
SELECT format($1, first_name) FROM shop.crm.customer #{"parameters":["{0.__class__} {1}"]}
SELECT $1, $2, $3 #{"parameters":[-0.0,1e308,5e-324]}
SELECT $1 #{"parameters":[9007199254740993]}
SELECT $1 #{"parameters":["\u0000\u001b[31m\u202e"]}
SELECT $1 || first_name FROM shop.crm.customer #{"parameters":["\u001b]0;owned\u0007"]}
PREPARE p AS SELECT $1
SELECT COLUMNS($1) FROM shop.crm.customer #{"parameters": ["helped~set"]}
SELECT struct_extract(c, $1) FROM shop.crm.customer c #{"parameters": ["helped~set"]}

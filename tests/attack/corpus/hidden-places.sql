SELECT "ROWID" FROM shop.crm.customer
SELECT c.rowid FROM shop.crm.customer c
SELECT shop.crm.customer.rowid FROM shop.crm.customer
SELECT a.customer_id FROM shop.crm.customer a JOIN shop.crm.customer b USING (rowid)
SELECT a.customer_id FROM shop.crm.customer a JOIN shop.crm.customer b USING ("RowId")
SELECT * EXCLUDE (rowid) FROM shop.crm.customer
SELECT * EXCLUDE (c.rowid) FROM shop.crm.customer c
SELECT * RENAME (rowid AS x) FROM shop.crm.customer
SELECT * REPLACE (1 AS rowid) FROM shop.crm.customer
SELECT COLUMNS('rowid') FROM shop.crm.customer
SELECT COLUMNS(['rowid']) FROM shop.crm.customer
SELECT COLUMNS(c -> c = 'rowid') FROM shop.crm.customer
UNPIVOT shop.crm.customer ON rowid
UNPIVOT shop.crm.customer ON rowid, customer_id INTO NAME n VALUE v
SELECT * FROM shop.crm.customer UNPIVOT (v FOR n IN (rowid, customer_id))
PIVOT shop.crm.customer ON country IN ('DE') USING count(*) GROUP BY rowid
PIVOT shop.crm.customer ON rowid IN (0, 1) USING count(*) GROUP BY country
SELECT * FROM shop.crm.customer PIVOT (count(*) FOR country IN ('DE') GROUP BY rowid)
SELECT * FROM shop.crm.customer PIVOT (count(*) FOR rowid IN (0))
SELECT customer_id FROM shop.crm.customer ORDER BY rowid
SELECT count(*) FROM shop.crm.customer GROUP BY rowid
SELECT DISTINCT ON (rowid) customer_id FROM shop.crm.customer
SELECT row_number() OVER (ORDER BY rowid) FROM shop.crm.customer
SELECT customer['rowid'] FROM shop.crm.customer
SELECT struct_extract(customer, 'rowid') FROM shop.crm.customer
SELECT (c).rowid FROM shop.crm.customer c
SELECT (c).* FROM shop.crm.customer c
SELECT to_json(c)->>'rowid', to_json(c)->>'secret' FROM shop.crm.customer c
SELECT x FROM shop.crm.customer c, LATERAL (SELECT c.rowid AS x)
SELECT customer_id FROM shop.crm.customer c WHERE EXISTS (SELECT c.rowid)
SELECT list_transform([1], rowid -> rowid) FROM shop.crm.customer
SELECT filename, file_row_number, file_index FROM shop.crm.customer
SELECT tableoid, ctid, oid FROM shop.crm.customer
SELECT _rowid_ FROM shop.crm.customer
SELECT rowid FROM shop.crm.customer AS t(rowid)
WITH x AS (SELECT 1 AS rowid) SELECT rowid FROM x
WITH x AS (SELECT 1 AS rowid, 2 AS y) SELECT a.y FROM x a JOIN x b USING (rowid)
SELECT * FROM shop.vault.ledger
SELECT entry FROM shop.vault.ledger WHERE ledger_id = 1
SELECT count(*) FROM p_vault_v1.main.ledger
SELECT c.customer_id FROM shop.crm.customer c JOIN shop.vault.ledger l USING (customer_id)
SELECT (SELECT max(entry) FROM shop.vault.ledger)
WITH ledger AS (SELECT 1 AS x) SELECT * FROM ledger, shop.vault.ledger
SELECT l.entry FROM shop.crm.customer l
DESCRIBE shop.vault.ledger
SELECT first_name AS secret, secret FROM shop.crm.customer
SELECT 'mine' AS secret, secret FROM shop.crm.customer
SELECT 'mine' AS secret FROM shop.crm.customer WHERE secret = 'mine'
SELECT 'mine' AS secret FROM shop.crm.customer ORDER BY secret
SELECT 'mine' AS secret FROM shop.crm.customer GROUP BY secret
SELECT 'mine' AS secret, count(*) FROM shop.crm.customer GROUP BY ALL HAVING secret = 'mine'
SELECT phone FROM shop.crm.customer WHERE phone IS NOT NULL
SELECT max(phone), count(phone), approx_count_distinct(phone) FROM shop.crm.customer
SELECT customer_id FROM shop.crm.customer ORDER BY phone DESC NULLS LAST, spent DESC NULLS LAST, customer_id LIMIT 2
SELECT a.customer_id, b.customer_id FROM shop.crm.customer a JOIN shop.crm.customer b ON a.phone IS NOT DISTINCT FROM b.phone AND a.spent = b.spent
SELECT email FROM shop.crm.customer WHERE email LIKE '%@%'
SELECT count(*) FROM shop.crm.customer WHERE email = 'cleo@c.example' OR length(email) < 30
SELECT day(birth), month(birth), dayofyear(birth) FROM shop.crm.customer
SELECT count(*) FROM shop.crm.customer WHERE birth = DATE '1980-07-19'
SELECT note, length(note), strpos(note, 'nn') FROM shop.orders.invoice

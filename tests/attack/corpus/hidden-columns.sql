SELECT secret FROM shop.crm.customer
SELECT SECRET, "secret" FROM shop.crm.customer
SELECT customer.secret FROM shop.crm.customer
SELECT shop.crm.customer.secret FROM shop.crm.customer
SELECT c.secret FROM shop.crm.customer c
SELECT customer_id FROM shop.crm.customer WHERE secret > 'S'
SELECT customer_id FROM shop.crm.customer ORDER BY secret
SELECT count(*) FROM shop.crm.customer GROUP BY secret
SELECT "first_name~token" FROM shop.crm.customer
SELECT "email~token" FROM shop.crm.customer
SELECT COLUMNS('.*secret.*') FROM shop.crm.customer
SELECT COLUMNS('.*') FROM shop.crm.customer
SELECT * EXCLUDE (secret) FROM shop.crm.customer
SELECT * REPLACE (1 AS secret) FROM shop.crm.customer
SELECT a.customer_id FROM shop.crm.customer a JOIN shop.crm.customer b USING (secret)
SELECT * FROM shop.crm.customer AS t(a, b, c, d, e, f, g, h, i)
UNPIVOT shop.crm.customer ON secret
SELECT unnest([secret]) FROM shop.crm.customer
SELECT #9 FROM shop.crm.customer
SELECT sekret FROM shop.crm.customer
SELECT helped FROM shop.crm.customer
SELECT "helped~set" FROM shop.crm.customer
SELECT customer."helped~set", c.helped FROM shop.crm.customer c
SELECT customer_id FROM shop.crm.customer WHERE len("helped~set") > 0
SELECT unnest("helped~set") FROM shop.crm.customer
SELECT customer_id FROM shop.crm.customer WHERE list_contains(helped, 'SECRET01')
SELECT customer_id FROM shop.crm.customer ORDER BY "helped~set"
SELECT COLUMNS('.*~set') FROM shop.crm.customer
SELECT COLUMNS(c -> c LIKE '%help%') FROM shop.crm.customer
SELECT * EXCLUDE ("helped~set") FROM shop.crm.customer
SELECT * REPLACE (1 AS helped) FROM shop.crm.customer
SELECT * RENAME (helped AS mine) FROM shop.crm.customer
SELECT a.customer_id FROM shop.crm.customer a JOIN shop.crm.customer b USING ("helped~set")
UNPIVOT shop.crm.customer ON "helped~set"
SELECT #13 FROM shop.crm.customer
SELECT "sites~set" FROM shop.crm.customer
SELECT customer_id FROM shop.crm.customer WHERE list_contains("sites~set", 'north')
SELECT DISTINCT ON ("sites~set") customer_id FROM shop.crm.customer
SELECT row_number() OVER (PARTITION BY "sites~set") FROM shop.crm.customer
SELECT * RENAME ("sites~set" AS s) FROM shop.crm.customer
SELECT * FROM shop.crm.visit
SELECT count(*) FROM shop.crm.visit v JOIN shop.crm.customer c USING (customer_id)
SELECT customer_id FROM shop.crm.customer c WHERE EXISTS (SELECT 1 FROM shop.crm.visit v WHERE v.customer_id = c.customer_id)

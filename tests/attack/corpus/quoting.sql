SELECT * FROM "shop"."crm"."customer"
SELECT * FROM "shop.crm".customer
SELECT * FROM shop."crm.customer"
SELECT * FROM "SHOP"."Crm"."CUSTOMER"
SELECT * FROM shop.crm."customer" AS "SELECT * FROM p_crm_v1.main.customer"
SELECT 1 AS "a"" FROM p_crm_v1.main.customer --" FROM shop.crm.customer
SELECT E'\'; DROP TABLE p_crm_v1.main.customer; --' FROM shop.crm.customer
SELECT $$'; SELECT * FROM p_crm_v1.main.customer$$
SELECT $tag$ $$ ' " -- /* $tag$ FROM shop.crm.customer
SELECT /* */ first_name /* FROM p_crm_v1.main.customer */ FROM /**/ shop.crm.customer -- ; DROP
SELECT 1; SELECT * FROM p_crm_v1.main.customer
SELECT first_name FROM shop.crm.customer;;
SELECT "SELECT * FROM p_crm_v1.main.customer"
SELECT first_name AS "'; DROP TABLE x; --" FROM shop.crm.customer
SELECT 'a' 'b', 'it''s', "first_name" FROM shop.crm.customer
SELECT U&'\0053' , U&"first\005fname" FROM shop.crm.customer
SELECT E'\x53\u0045\'; --', e'\\' FROM shop.crm.customer
SELECT x'53', b'01', X'zz'
SELECT first_name FROM shop.crm.customer WHERE first_name = 'x' /* ' */ OR country = 'US' -- '
SELECT /* /* nested */ FROM p_crm_v1.main.customer */ 1
SELECT 1 /* unclosed FROM p_crm_v1.main.customer
SELECT 1 -- FROM shop.crm.customer
SELECT /*+ no_filter(customer) */ * FROM shop.crm.customer
SELECT $a$ $b$ $a$, $b$ $a$ $b$ FROM shop.crm.customer
SELECT $é$ x $é$
SELECT "a""b""" AS """", '' AS "''" FROM (SELECT 1 AS "a""b""")
SELECT first_name "SELECT secret FROM p_crm_v1.main.customer" FROM shop.crm.customer
SELECT [1]["1"], {'"': 1}."""", {'a.b': 1}."a.b"
SELECT `first_name` FROM shop.crm.customer
SELECT [first_name] FROM [shop].[crm].[customer]
SELECT first_name FROM "shop"."crm"."customer" "shop.crm.customer"
SELECT shop . crm . customer . first_name FROM shop . crm . customer
SELECT"first_name"FROM"shop"."crm"."customer"
SELECT 1e, 1.e1, .1e1, 0x1F, 0b1, 0o7, 1_000
SELECT 1;;; SELECT 2
;
SELECT first_name FROM shop.crm.customer;--
SELECT first_name AS "<script>alert(1)</script>", country AS "=cmd|' /C calc'!A0" FROM shop.crm.customer
SELECT first_name AS "__proto__", country AS "constructor" FROM shop.crm.customer
SELECT {'__proto__': first_name, 'constructor': 1, 'toString': 2}::VARCHAR FROM shop.crm.customer
SELECT first_name AS "", country AS " " FROM shop.crm.customer
SELECT '\', first_name FROM shop.crm.customer WHERE country = '\'' OR true --'
SELECT concat('SE', 'CRET', '99') IN (SELECT first_name FROM shop.crm.customer)
SELECT "helped~""set" FROM shop.crm.customer
SELECT "shop.crm.customer.helped~set" FROM shop.crm.customer

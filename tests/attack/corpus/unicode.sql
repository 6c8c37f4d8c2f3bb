SELECT * FROM shop.crm.cuſtomer
SELECT * FROM ｓhop.crm.customer
SELECT * FROM shop.crm.customer WHERE first_name = 'Cle' || chr(769) || 'o'
SELECT 'ı' AS "İ", lower('İ'), first_name AS "ﬁrst_name" FROM shop.crm.customer
SELECT "first_nаme" FROM shop.crm.customer
SELECT '🙂' || first_name AS "🙂" FROM shop.crm.customer
SELECT * FROM shop.crm.customeｒ
SELECT * FROM ѕhop.crm.customer
SELECT ＊ FROM shop.crm.customer
SELECT 'x' FROM shop․crm․customer
SELECT first_name FROM shop.crm.customer WHERE first_name = ＇x＇ OR ＇1＇=＇1＇
SELECT first_name FROM shop.crm.customer WHERE country = ‘US’
SELECT first_name FROM shop.crm.customer WHERE lower(first_name) = 'secret99' OR casefold(first_name) = 'x'
SELECT first_name FROM shop.crm.customer WHERE upper('ß') = 'SS' OR upper(first_name) LIKE 'STRASSE%'
SELECT "FİRST_NAME" FROM shop.crm.customer
SELECT "ſecret" FROM shop.crm.customer
SELECT ſecret FROM shop.crm.customer
SELECT strip_accents(first_name), nfc_normalize(first_name), length_grapheme(first_name), reverse(first_name) FROM shop.crm.customer
SELECT 'é' = 'é', nfc_normalize('é') = 'é'
SELECT left_grapheme(first_name, 1), unicode(first_name), ord(first_name), chr(128578) FROM shop.crm.customer
SELECT translate(first_name, 'ÉéS', 'Eex'), lpad(first_name, 12, '🙂') FROM shop.crm.customer
WITH "ｃustomer" AS (SELECT 1 AS x) SELECT * FROM "ｃustomer"
WITH "CUſTOMER" AS (SELECT 1 AS x) SELECT * FROM customer
WITH "İ" AS (SELECT 1 AS x) SELECT * FROM "i̇"
WITH "ı" AS (SELECT 1 AS x) SELECT * FROM "I"
SELECT é.first_name FROM shop.crm.customer É
SELECT "ǆ" FROM (SELECT 1 AS "Ǆ")
SELECT "helped˜set" FROM shop.crm.customer
SELECT ｈelped FROM shop.crm.customer

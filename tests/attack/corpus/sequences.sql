SELECT nextval('p_crm_v1.main.s')
SELECT currval('s')
SELECT "nextval"('s')
SELECT NEXTVAL('s')
SELECT main.nextval('s')
SELECT 's'.nextval()
SELECT nextval(first_name) FROM shop.crm.customer
CREATE SEQUENCE s
SELECT list_transform(['s'], x -> nextval(x))
SELECT setseed(0.1), random()
SELECT random() BETWEEN 0 AND 1, uuid() IS NOT NULL, uuidv7() > uuidv4() IS NOT NULL
SELECT count(*) FROM shop.crm.customer WHERE random() < 2 AND gen_random_uuid() IS NOT NULL

SELECT nextval('s')
SELECT setseed(0.5)
SELECT sleep_ms(60000)
SELECT pg_sleep(60)
SELECT write_log('x')
SELECT * FROM checkpoint()
SELECT * FROM force_checkpoint()
SELECT * FROM enable_logging()
SELECT * FROM enable_profiling()
SET threads = 1
SET VARIABLE x = (SELECT max(first_name) FROM shop.crm.customer)
RESET ALL
PRAGMA enable_profiling
PRAGMA disable_optimizer
CREATE TABLE x AS SELECT * FROM shop.crm.customer
CREATE TEMP TABLE x AS SELECT 1
CREATE MACRO stats2(x) AS stats(x)
CREATE OR REPLACE FUNCTION first_name() AS 1
INSERT INTO shop.crm.customer SELECT * FROM shop.crm.customer
UPDATE shop.crm.customer SET country = 'DE'
DELETE FROM shop.crm.customer
MERGE INTO shop.crm.customer USING shop.crm.customer x ON true WHEN MATCHED THEN DELETE
DROP TABLE shop.crm.customer
WITH x AS (DELETE FROM shop.crm.customer RETURNING *) SELECT * FROM x
BEGIN
CALL pragma_version()
VACUUM
USE p_crm_v1
CHECKPOINT
SELECT checkpoint()
SELECT * FROM checkpoint('p_crm_v1')
SELECT write_log(first_name, level := 'INFO') FROM shop.crm.customer
SELECT first_name.write_log() FROM shop.crm.customer
SELECT error('x')
SELECT sleep_ms(customer_id) FROM shop.crm.customer
SELECT * FROM enable_profiling('json')
SELECT * FROM force_checkpoint('p_crm_v1')
CREATE VIEW shop.crm.v AS SELECT 1
CREATE SECRET s (TYPE s3)
CREATE TYPE t AS ENUM (SELECT first_name FROM shop.crm.customer)
CREATE INDEX i ON p_crm_v1.main.customer (secret)
CREATE SCHEMA p_crm_v1.x
ALTER TABLE p_crm_v1.main.customer RENAME COLUMN secret TO open
TRUNCATE p_crm_v1.main.customer
COMMENT ON TABLE p_crm_v1.main.customer IS 'x'
INSERT OR REPLACE INTO p_crm_v1.main.customer DEFAULT VALUES
WITH x AS (INSERT INTO p_crm_v1.main.customer DEFAULT VALUES RETURNING *) FROM x
SELECT * FROM (DELETE FROM p_crm_v1.main.customer RETURNING *)
ANALYZE p_crm_v1.main.customer
GRANT ALL ON p_crm_v1.main.customer TO rep
LISTEN x
COPY (FROM p_crm_v1.main.customer) TO '/dev/stdout'
COPY (FROM p_crm_v1.main.customer) TO PROGRAM 'sh'
COPY FROM DATABASE p_crm_v1 TO memory
IMPORT DATABASE 'x'
UPDATE EXTENSIONS
DEALLOCATE p
ROLLBACK

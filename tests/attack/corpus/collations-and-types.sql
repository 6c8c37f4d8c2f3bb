SELECT max(first_name COLLATE NOCASE), min(first_name COLLATE NOACCENT) FROM shop.crm.customer
SELECT customer_id FROM shop.crm.customer WHERE first_name COLLATE NOCASE = 'secret99'
SELECT first_name FROM shop.crm.customer ORDER BY first_name COLLATE de, customer_id LIMIT 2
SELECT first_name COLLATE "p_crm_v1" FROM shop.crm.customer
SELECT first_name COLLATE nosuch FROM shop.crm.customer
SELECT first_name COLLATE "de.NOCASE.NOACCENT" FROM shop.crm.customer
SELECT icu_collate_de(first_name), icu_sort_key(first_name, 'de') FROM shop.crm.customer
SELECT create_sort_key(c, 'asc') FROM shop.crm.customer c
SELECT CAST(first_name AS ENUM ('Anna', 'SECRET99')) FROM shop.crm.customer
SELECT TRY_CAST(first_name AS ENUM ('Anna', 'SECRET99')) FROM shop.crm.customer
SELECT enum_range(NULL::ENUM ('a', 'b')), enum_first(NULL::ENUM ('a'))
SELECT CAST(first_name AS customer) FROM shop.crm.customer
SELECT CAST(first_name AS shop.crm.customer) FROM shop.crm.customer
SELECT CAST(first_name AS "p_crm_v1"."main"."customer") FROM shop.crm.customer
SELECT NULL::main.VARCHAR, NULL::system.main.INTEGER
SELECT c::VARIANT FROM shop.crm.customer c
SELECT c::VARIANT::VARCHAR FROM shop.crm.customer c
SELECT variant_extract(c::VARIANT, 'secret') FROM shop.crm.customer c
SELECT variant_typeof(c::VARIANT) FROM shop.crm.customer c
SELECT union_value(a := c) FROM shop.crm.customer c
SELECT first_name::UNION (n BIGINT, s VARCHAR), union_tag(first_name::UNION (n BIGINT, s VARCHAR)) FROM shop.crm.customer
SELECT c::STRUCT (a VARCHAR) FROM shop.crm.customer c
SELECT struct_insert(c, secret := 1).secret FROM shop.crm.customer c
SELECT struct_extract_at(c, 9)::VARCHAR, struct_extract_at(c, 10)::VARCHAR FROM shop.crm.customer c
SELECT struct_keys(c), struct_values(c)::VARCHAR, struct_has(c, 'secret'), struct_position(c, 'phone') FROM shop.crm.customer c
SELECT row(c.*)::VARCHAR, struct_pack(*COLUMNS(c.*))::VARCHAR FROM shop.crm.customer c
SELECT first_name::BLOB, first_name::BIT FROM shop.crm.customer WHERE country = 'US'
SELECT first_name::JSON FROM shop.crm.customer
SELECT first_name::UUID FROM shop.crm.customer WHERE country = 'US'
SELECT first_name::INTERVAL, first_name::TIMESTAMPTZ FROM shop.crm.customer WHERE country = 'US'
SELECT first_name::INTEGER[], first_name::STRUCT (a INTEGER) FROM shop.crm.customer WHERE country = 'US'
SELECT first_name::MAP (VARCHAR, INTEGER) FROM shop.crm.customer WHERE country = 'US'
SELECT ''::GEOMETRY
SELECT st_astext(first_name::GEOMETRY) FROM shop.crm.customer
SELECT make_type('VARCHAR'), get_type(1), cast_to_type('1', 1)
SELECT can_cast_implicitly(NULL::customer, '') FROM shop.crm.customer
SELECT remap_struct(c, NULL::STRUCT (secret VARCHAR), {'secret': 'secret'}, NULL) FROM shop.crm.customer c
SELECT customer_id::BIGNUM, customer_id::UHUGEINT, customer_id::BIT FROM shop.crm.customer
SELECT spent::DECIMAL(38, 30) FROM shop.crm.customer WHERE spent < 100
SELECT typeof(c), typeof(email), typeof(birth), typeof(phone), pg_typeof(spent) FROM shop.crm.customer c WHERE customer_id = 1

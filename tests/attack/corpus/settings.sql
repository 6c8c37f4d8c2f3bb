SELECT current_setting('lock_configuration'), current_setting('temp_directory')
SELECT current_setting($1) #{"parameters":["temp_directory"]}
SELECT main.current_setting('threads')
SELECT 'threads'.current_setting()
SELECT getvariable('x')
SELECT $1.getvariable() #{"parameters":["x"]}
SELECT user, current_user, session_user, current_role
SELECT current_catalog
SELECT current_schemas(true)
SELECT in_search_path('p_crm_v1', 'main')
SELECT txid_current(), current_connection_id(), current_query_id(), current_transaction_id()
SELECT has_table_privilege('p_crm_v1.main.customer', 'SELECT')
SELECT pg_get_viewdef(1), col_description(1, 1), obj_description(1), pg_postmaster_start_time()
SELECT inet_client_addr(), inet_server_port(), pg_my_temp_schema(), get_block_size('p_crm_v1')
SELECT version(), pg_catalog.version()
SELECT * FROM pragma_version()
SELECT * FROM pragma_platform()
SELECT * FROM pragma_user_agent()
SELECT * FROM pragma_show('customer')
SELECT * FROM pragma_metadata_info('p_crm_v1')
SELECT * FROM pragma_database_size()
SELECT * FROM duckdb_memory()
SELECT * FROM duckdb_temporary_files()
SELECT * FROM duckdb_variables()
SELECT * FROM duckdb_prepared_statements()
SELECT * FROM duckdb_external_file_cache()
SELECT * FROM duckdb_connection_count()
SELECT * FROM duckdb_optimizers()
SELECT * FROM duckdb_dependencies()
SELECT * FROM duckdb_logs()
SELECT * FROM duckdb_log_contexts()
SELECT * FROM duckdb_logs_parsed('QueryLog')
SELECT * FROM duckdb_profiling_settings()
SELECT * FROM truncate_duckdb_logs()
SELECT * FROM disable_logging()
SELECT * FROM enable_peg_parser()
SELECT * FROM sql_auto_complete('SELECT * FROM ')
SELECT * FROM icu_calendar_names()
SET SESSION TimeZone = 'Asia/Tokyo'
SET GLOBAL disabled_optimizers = ''
SET lock_configuration = false
RESET lock_configuration
PRAGMA memory_limit = '100GB'
PRAGMA table_info('p_crm_v1.main.customer')
PRAGMA show_tables_expanded
SELECT * FROM pg_settings
SELECT set_config('search_path', 'p_crm_v1', false)

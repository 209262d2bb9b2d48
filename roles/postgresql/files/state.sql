-- newer: a file was written after the server read its configuration; pending: a setting waits for a restart;
-- complaint: what the server cannot use of what is written
with written (path) as (
  select sourcefile from pg_file_settings
  union select setting from pg_settings
    where name in ('config_file', 'hba_file', 'ident_file', 'ssl_ca_file', 'ssl_cert_file', 'ssl_key_file') and setting <> ''
  union select regexp_replace(setting, '[^/]*$', 'conf.d') from pg_settings where name = 'config_file'
), complaints (sentence) as (
  select format('%s line %s: %s %s', sourcefile, sourceline, name, error) from pg_file_settings
    where error is not null and name not in (select name from pg_settings where pending_restart)
  union all select format('%s line %s: %s', current_setting('hba_file'), line_number, error) from pg_hba_file_rules where error is not null
  union all select format('%s is off, which loses data in a crash', name) from pg_settings
    where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'
)
select
  exists (select from written, pg_stat_file(path, true) where modification > pg_conf_load_time()) as newer,
  exists (select from pg_settings where pending_restart) as pending,
  (select string_agg(sentence, '; ') from complaints) as complaint

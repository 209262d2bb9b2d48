-- newer: a file was written after the server read its configuration
-- pending: a setting that it has read waits for a restart
-- complaint: what it could not, or should not, use of what is written
-- What ALTER SYSTEM has written is left out, as the role removes it.
with written as (
  select * from pg_file_settings where sourcefile not like '%/postgresql.auto.conf'
), files (path) as (
  select sourcefile from pg_file_settings
  union select current_setting('data_directory') || '/postgresql.auto.conf'
  union select setting from pg_settings where name in ('config_file', 'hba_file', 'ident_file', 'ssl_ca_file', 'ssl_cert_file', 'ssl_key_file') and setting <> ''
  union select regexp_replace(current_setting('config_file'), '[^/]*$', 'conf.d')
), complaints (sentence) as (
  select concat(sourcefile, ' line ', sourceline, ': ', name, ' ', error) from written
    where error is not null and error not like '%without restarting%'
      and coalesce(name, '') not in (select name from pg_settings where context = 'postmaster')
  union all select concat(current_setting('hba_file'), ' line ', line_number, ': ', error) from pg_hba_file_rules where error is not null
  union all select concat(sourcefile, ' line ', sourceline, ': ', name, ' off loses data in a crash') from (
      select distinct on (name) * from written
        where name in ('fsync', 'full_page_writes', 'synchronous_commit') order by name, seqno desc
    ) as last where setting ~* '^(of|f|n|0)'
  union all select concat(other.sourcefile, ' line ', other.sourceline, ': ', name, ' overrides ', ours.sourcefile, '; remove it there and use postgresql_settings')
    from written as other join written as ours using (name) where ours.sourcefile like '%/conf.d/ansible.conf' and other.seqno > ours.seqno
      and other.sourcefile <> ours.sourcefile
)
select
  exists (select from files, pg_stat_file(path, true) where modification > pg_conf_load_time()) as newer,
  exists (select from pg_settings where pending_restart) as pending,
  (select string_agg(sentence, '; ') from complaints) as complaint

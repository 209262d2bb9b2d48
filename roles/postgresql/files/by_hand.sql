-- Statements that make the users and databases of the role what they are declared to be; none where they are
with users as (
  select *, case when rolname = any(string_to_array(%(creators)s, ',')) then 'createdb' else 'nocreatedb' end as creates
    from pg_roles where rolname = any(string_to_array(%(users)s, ','))
), databases as (
  select * from pg_database where datname = any(string_to_array(%(databases)s, ','))
), members as (
  select users.rolname as member, split_part(pair, ' ', 2) as role
    from users join string_to_table(%(members)s, ',') pair on users.rolname = split_part(pair, ' ', 1)
), memberships as (
  select users.rolname as member, roles.rolname as role
    from users join pg_auth_members on member = users.oid join pg_roles as roles on roles.oid = roleid
)
select format('alter role %%I login inherit nosuperuser %%s nocreaterole noreplication nobypassrls connection limit -1 valid until ''infinity''',
              rolname, creates) as statement from users
  where rolsuper or rolcreatedb <> (creates = 'createdb') or rolcreaterole or rolreplication or rolbypassrls or not rolinherit
    or not rolcanlogin or rolconnlimit <> -1 or rolvaliduntil <> 'infinity'
union all select format('revoke %%I from %%I', role, member) from (table memberships except table members) undeclared(member, role)
union all select format('grant %%I to %%I', role, member) from (table members except table memberships) missing(member, role)
union all select format('alter role %%I in database %%I reset all', rolname, datname)
  from users join pg_db_role_setting on setrole = users.oid join pg_database on pg_database.oid = setdatabase
union all select format('alter role %%I reset all', rolname) from users join pg_db_role_setting on setrole = users.oid and setdatabase = 0
union all select format('alter database %%I reset all', datname) from databases join pg_db_role_setting on setdatabase = databases.oid and setrole = 0
union all select 'alter role all reset all' from pg_db_role_setting where setdatabase = 0 and setrole = 0
union all select format('alter database %%I connection limit -1', datname) from databases where datconnlimit <> -1
union all select format('alter database %%I allow_connections true', datname) from databases where not datallowconn

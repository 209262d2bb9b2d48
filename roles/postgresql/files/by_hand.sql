-- Statements that undo what was changed by hand about the users and databases of the role; none where all is as it was made
with users as (
  select * from pg_roles where rolname = any(string_to_array(%(users)s, ','))
), databases as (
  select * from pg_database where datname = any(string_to_array(%(databases)s, ','))
)
select format('alter role %%I login inherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit -1 valid until ''infinity''', rolname)
    as statement from users
  where rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls or not rolinherit or not rolcanlogin or rolconnlimit <> -1
    or rolvaliduntil <> 'infinity'
union all select format('revoke %%I from %%I', roles.rolname, users.rolname)
  from users join pg_auth_members on member = users.oid join pg_roles as roles on roles.oid = roleid
union all select format('alter role %%I in database %%I reset all', rolname, datname)
  from users join pg_db_role_setting on setrole = users.oid join pg_database on pg_database.oid = setdatabase
union all select format('alter role %%I reset all', rolname) from users join pg_db_role_setting on setrole = users.oid and setdatabase = 0
union all select format('alter database %%I reset all', datname) from databases join pg_db_role_setting on setdatabase = databases.oid and setrole = 0
union all select 'alter role all reset all' from pg_db_role_setting where setdatabase = 0 and setrole = 0
union all select format('alter database %%I connection limit -1', datname) from databases where datconnlimit <> -1
union all select format('alter database %%I allow_connections true', datname) from databases where not datallowconn

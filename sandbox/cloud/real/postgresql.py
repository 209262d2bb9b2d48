# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The SQL, settings, pools and packet filter of a cluster's node, all generated from the cluster's record."""

from __future__ import annotations

from ..core.store import Thing
from ..databases.options import memory
from ..databases.record import ADMIN
from ..databases.settings import GROUPS, current, written

MOST_BUFFERS_MIB = 256  # at most, as all clusters share one machine
POOL = "{name} = host=/var/run/postgresql port=25060 dbname={db} pool_size={size} pool_mode={mode}"


# Names and passwords are variables of psql.
CREATE_USER = """
select format('create role %I', :'user') where not exists (select from pg_roles where rolname = :'user') \\gexec
alter role :"user" login {rights} password :'password';
"""
LET_WATCH = 'grant pg_monitor, pg_signal_backend to :"user";\n'
DISOWN = 'reassign owned by :"user" to :"heir"; drop owned by :"user";'
DROP_USER = 'drop role if exists :"user";'
CREATE_DATABASE = """
select format('create database %I owner %I', :'database', :'owner')
where not exists (select from pg_database where datname = :'database') \\gexec
alter database :"database" owner to :"owner";
"""
DROP_DATABASE = 'drop database if exists :"database" with (force);'
DATABASES = "select datname from pg_database where datallowconn and datname !~ '^template'"

# Settings that need a restart are reported as errors too; they are numbers, whose limits the API has checked.
WRONG_SETTINGS = """
select wrong.name || ' ' || wrong.setting || ': ' || error
from pg_file_settings wrong left join pg_settings known on lower(known.name) = lower(wrong.name)
where error is not null and context is distinct from 'postmaster'
"""


def variables(**values: str) -> str:
    """Return the psql commands that set these variables."""
    return "".join(f"\\set {key} {_quoted(value)}\n" for key, value in values.items())


def create_user(each: Thing) -> str:
    """Return the SQL that creates or changes a user.

    The administrator is not a superuser, neither here nor in the cloud.
    """
    if each["name"] == ADMIN:
        return CREATE_USER.format(rights="createrole createdb replication") + LET_WATCH
    replicates = (each.get("settings") or {}).get("pg_allow_replication")
    return CREATE_USER.format(rights="replication" if replicates else "noreplication")


def settings(cluster: Thing) -> str:
    """Return PostgreSQL's settings file.

    Three of the connections are reserved for the superuser, which leaves the number that the API promises.
    """
    config, gib = current(cluster["_config"]), memory(cluster["size"])
    buffers = min(int(gib * 1024 * config["shared_buffers_percentage"] / 100), MOST_BUFFERS_MIB)
    values = {
        "max_connections": 25 * gib,
        "superuser_reserved_connections": 3,
        "shared_buffers": f"{buffers}MB",
    } | written(cluster["_config"])
    return "".join(f"{key} = {_quoted(str(value))}\n" for key, value in values.items())


def users_of_pooler(users: dict[str, str]) -> str:
    """Return PgBouncer's list of users and passwords."""
    return "".join(f'"{each}" "{password}"\n' for each, password in users.items())


def pools(cluster: Thing, users: dict[str, str]) -> str:
    """Return PgBouncer's settings that the API can change, then its databases.

    Clients of a pool without a user log in as themselves.
    """
    own = GROUPS["pgbouncer"] | cluster["_config"].get("pgbouncer", {})
    ignored = ",".join(["extra_float_digits", *own["ignore_startup_parameters"]])
    lines = [
        f"ignore_startup_parameters = {ignored}",
        f"server_reset_query_always = {int(own['server_reset_query_always'])}",
    ]
    lines += [f"{key} = {own[key]}" for key in ("min_pool_size", "server_lifetime", "server_idle_timeout")]
    lines += ["[databases]"]
    for pool in cluster["_pools"]:
        forced = f" user={pool['user']} password='{users[pool['user']]}'" if pool.get("user") else ""
        lines.append(POOL.format(**pool) + forced)
    return "".join(f"{line}\n" for line in lines)


def packet_filter(sources: list[str] | None) -> str:
    """Return the packet filter that allows these sources to reach the database and its pools; None allows everybody."""
    elements = f"elements = {{ {', '.join(sources)} }}" if sources else ""
    last = "accept" if sources is None else "drop"
    return f"""flush ruleset
table inet cluster {{
  set trusted {{ type ipv4_addr; flags interval; auto-merge; {elements} }}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname "lo" accept
    tcp dport {{ 25060, 25061 }} ip saddr @trusted accept
    tcp dport {{ 25060, 25061 }} {last}
  }}
}}
"""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

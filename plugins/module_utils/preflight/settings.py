# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of managed PostgreSQL and their limits, by DigitalOcean's OpenAPI document (postgres_advanced_config).

They are as of 2026-08-07. A name with a dot is that of a setting in a group, except for those of extensions, which are
flat in the API.
"""

from __future__ import annotations

import difflib

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.clusters import cast

WHOLE_NUMBERS = {  # least, most; None where there is no limit
    "autovacuum_analyze_threshold": (0, 2147483647),
    "autovacuum_freeze_max_age": (200000000, 1500000000),
    "autovacuum_max_workers": (1, 20),
    "autovacuum_naptime": (0, 86400),
    "autovacuum_vacuum_cost_delay": (-1, 100),
    "autovacuum_vacuum_cost_limit": (-1, 10000),
    "autovacuum_vacuum_threshold": (0, 2147483647),
    "backup_hour": (0, 23),
    "backup_minute": (0, 59),
    "bgwriter_delay": (10, 10000),
    "bgwriter_flush_after": (0, 2048),
    "bgwriter_lru_maxpages": (0, 1073741823),
    "deadlock_timeout": (500, 1800000),
    "idle_in_transaction_session_timeout": (0, 604800000),
    "log_autovacuum_min_duration": (-1, 2147483647),
    "log_min_duration_statement": (-1, 86400000),
    "max_connections": (25, None),
    "max_failover_replication_time_lag": (10, None),
    "max_files_per_process": (1000, 4096),
    "max_locks_per_transaction": (64, 6400),
    "max_logical_replication_workers": (4, 64),
    "max_parallel_workers": (0, 96),
    "max_parallel_workers_per_gather": (0, 96),
    "max_pred_locks_per_transaction": (64, 640),
    "max_prepared_transactions": (0, 10000),
    "max_replication_slots": (8, 64),
    "max_slot_wal_keep_size": (-1, 2147483647),
    "max_stack_depth": (2097152, 6291456),
    "max_standby_archive_delay": (1, 43200000),
    "max_standby_streaming_delay": (1, 43200000),
    "max_wal_senders": (20, 64),
    "max_worker_processes": (8, 96),
    "pg_partman_bgw.interval": (3600, 604800),
    "pgbouncer.autodb_idle_timeout": (0, 86400),
    "pgbouncer.autodb_max_db_connections": (0, 2147483647),
    "pgbouncer.autodb_pool_size": (0, 10000),
    "pgbouncer.min_pool_size": (0, 10000),
    "pgbouncer.server_idle_timeout": (0, 86400),
    "pgbouncer.server_lifetime": (60, 86400),
    "temp_file_limit": (-1, 2147483647),
    "timescaledb.max_background_workers": (1, 4096),
    "track_activity_query_size": (1024, 10240),
    "wal_sender_timeout": (0, 10800000),
    "wal_writer_delay": (10, 200),
    "work_mem": (1, 1024),
}
NUMBERS = {
    "autovacuum_analyze_scale_factor": (0, 1),
    "autovacuum_vacuum_scale_factor": (0, 1),
    "bgwriter_lru_multiplier": (0, 10),
    "shared_buffers_percentage": (20, 60),
}
WORDS = {
    "default_toast_compression": ("lz4", "pglz"),
    "log_error_verbosity": ("TERSE", "DEFAULT", "VERBOSE"),
    "log_line_prefix": (
        "pid=%p,user=%u,db=%d,app=%a,client=%h",
        "%m [%p] %q[user=%u,db=%d,app=%a]",
        "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h",
    ),
    "pg_stat_statements.track": ("all", "top", "none"),
    "pgbouncer.autodb_pool_mode": ("session", "transaction", "statement"),
    "synchronous_replication": ("off", "quorum"),
    "track_commit_timestamp": ("off", "on"),
    "track_functions": ("all", "pl", "none"),
    "track_io_timing": ("off", "on"),
}
SWITCHES = ("jit", "pgbouncer.server_reset_query_always", "stat_monitor_enable")
TEXTS = ("pg_partman_bgw.role", "timezone")
LISTS = {"pgbouncer.ignore_startup_parameters": ("extra_float_digits", "search_path")}
GROUPS = ("pgbouncer", "timescaledb")
LIMITED = ("max_connections",)  # a limited release: accounts have to be let in
LONGEST = 64


def check(given, findings):
    """Refuse settings that do not exist or are out of their limits."""
    for name, value in flat(cast(given["settings"] or {})):
        if problem := wrong(name, value):
            findings.refuse("settings", f"{name} {problem}")
        elif name in LIMITED:
            findings.warn(
                "settings",
                f"{name} can be set only where DigitalOcean has enabled that for the account; "
                "leave it out, and the size decides",
            )


def flat(settings):
    """Yield names and values, those in a group as GROUP.NAME."""
    for name, value in settings.items():
        if name in GROUPS and isinstance(value, dict):
            yield from ((f"{name}.{part}", each) for part, each in value.items())
        else:
            yield name, value


def wrong(name, value):
    """Return what is wrong with a setting, or an empty text."""
    if name in WHOLE_NUMBERS or name in NUMBERS:
        return wrong_number(value, *(WHOLE_NUMBERS | NUMBERS)[name], whole=name in WHOLE_NUMBERS)
    if name in WORDS:
        return "" if value in WORDS[name] else f"{value!r} is not one of {', '.join(map(repr, WORDS[name]))}"
    if name in LISTS:
        known = isinstance(value, list) and all(each in LISTS[name] for each in value)
        return "" if known else f"{value!r} is not a list of {', '.join(LISTS[name])}"
    if name in SWITCHES:
        return "" if isinstance(value, bool) else f"{value!r} is not true or false"
    if name in TEXTS:
        return (
            ""
            if isinstance(value, str) and len(value) <= LONGEST
            else f"{value!r} is not a text of at most {LONGEST} characters"
        )
    if name in GROUPS:
        return f"{value!r} is not a dictionary of settings"
    near = difflib.get_close_matches(name, [*WHOLE_NUMBERS, *NUMBERS, *WORDS, *LISTS, *SWITCHES, *TEXTS], 1)
    return (
        "is not a setting that DigitalOcean lets one change; "
        f"{f'use {near[0]}, or leave it out' if near else 'leave it out'}"
    )


def wrong_number(value, least, most, whole):
    """Return what is wrong with a number."""
    limits = f"from {least} to {most}" if most is not None else f"of {least} or more"
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and least <= value <= (value if most is None else most) and (not whole or value == int(value)):
        return ""
    return f"{value!r} is not a {'whole number' if whole else 'number'} {limits}"

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The settings of managed PostgreSQL: the API's names, limits and defaults, and PostgreSQL's own for them."""

from __future__ import annotations

from typing import Any

from ..core.problems import unprocessable
from ..core.store import Thing

MOST = 2147483647
# name: minimum, maximum, default; whole numbers unless the default is a fraction
NUMBERS: dict[str, tuple[float, float, float]] = {
    "autovacuum_freeze_max_age": (200000000, 1500000000, 200000000),
    "autovacuum_max_workers": (1, 20, 3),
    "autovacuum_naptime": (0, 86400, 60),
    "autovacuum_vacuum_threshold": (0, MOST, 50),
    "autovacuum_analyze_threshold": (0, MOST, 50),
    "autovacuum_vacuum_scale_factor": (0, 1, 0.2),
    "autovacuum_analyze_scale_factor": (0, 1, 0.1),
    "autovacuum_vacuum_cost_delay": (-1, 100, 20),
    "autovacuum_vacuum_cost_limit": (-1, 10000, -1),
    "backup_hour": (0, 23, 3),
    "backup_minute": (0, 59, 30),
    "bgwriter_delay": (10, 10000, 200),
    "bgwriter_flush_after": (0, 2048, 512),
    "bgwriter_lru_maxpages": (0, 1073741823, 100),
    "bgwriter_lru_multiplier": (0, 10, 2.0),
    "deadlock_timeout": (500, 1800000, 1000),
    "idle_in_transaction_session_timeout": (0, 604800000, 0),
    "log_autovacuum_min_duration": (-1, MOST, 1000),
    "log_min_duration_statement": (-1, 86400000, -1),
    "max_connections": (25, MOST, 0),
    "max_failover_replication_time_lag": (10, 2**63, 60),
    "max_files_per_process": (1000, 4096, 1000),
    "max_locks_per_transaction": (64, 6400, 64),
    "max_logical_replication_workers": (4, 64, 4),
    "max_parallel_workers": (0, 96, 8),
    "max_parallel_workers_per_gather": (0, 96, 2),
    "max_pred_locks_per_transaction": (64, 640, 64),
    "max_prepared_transactions": (0, 10000, 0),
    "max_replication_slots": (8, 64, 20),
    "max_slot_wal_keep_size": (-1, MOST, -1),
    "max_stack_depth": (2097152, 6291456, 2097152),
    "max_standby_archive_delay": (1, 43200000, 30000),
    "max_standby_streaming_delay": (1, 43200000, 30000),
    "max_wal_senders": (20, 64, 20),
    "max_worker_processes": (8, 96, 8),
    "shared_buffers_percentage": (20, 60, 20.0),
    "temp_file_limit": (-1, MOST, -1),
    "track_activity_query_size": (1024, 10240, 1024),
    "wal_sender_timeout": (0, 10800000, 60000),
    "wal_writer_delay": (10, 200, 200),
    "work_mem": (1, 1024, 4),
    "pg_partman_bgw.interval": (3600, 604800, 3600),
}
WORDS: dict[str, tuple[tuple[str, ...], str]] = {  # none means any
    "default_toast_compression": (("lz4", "pglz"), "lz4"),
    "log_error_verbosity": (("TERSE", "DEFAULT", "VERBOSE"), "DEFAULT"),
    "log_line_prefix": ((), "%m [%p] %q[user=%u,db=%d,app=%a] "),
    "pg_partman_bgw.role": ((), ""),
    "pg_stat_statements.track": (("all", "top", "none"), "top"),
    "synchronous_replication": (("off", "quorum"), "off"),
    "timezone": ((), "UTC"),
    "track_commit_timestamp": (("off", "on"), "off"),
    "track_functions": (("all", "pl", "none"), "none"),
    "track_io_timing": (("off", "on"), "off"),
}
SWITCHES = {"jit": True, "stat_monitor_enable": False}
GROUPS: dict[str, Thing] = {
    "pgbouncer": {
        "server_reset_query_always": False,
        "ignore_startup_parameters": [],
        "min_pool_size": 0,
        "server_lifetime": 3600,
        "server_idle_timeout": 600,
        "autodb_pool_size": 0,
        "autodb_pool_mode": "transaction",
        "autodb_max_db_connections": 0,
        "autodb_idle_timeout": 3600,
    },
    "timescaledb": {"max_background_workers": 16},
}
NEVER_LOWER = ("max_prepared_transactions", "max_locks_per_transaction", "max_worker_processes", "max_wal_senders")
OF_THE_CLOUD = (  # nothing of PostgreSQL
    *(
        "backup_hour",
        "backup_minute",
        "max_connections",
        "max_failover_replication_time_lag",
        "shared_buffers_percentage",
    ),
    *("synchronous_replication", "stat_monitor_enable", "pg_partman_bgw.interval", "pg_partman_bgw.role", *GROUPS),
)
UNITS = {
    "work_mem": "MB",
    "max_stack_depth": "B",
    "temp_file_limit": "kB",
    "bgwriter_flush_after": "kB",
    "max_slot_wal_keep_size": "MB",
}
UNSHOWN = ("max_connections", "pg_partman_bgw.role", "pg_partman_bgw.interval", "timescaledb", "log_line_prefix")


def current(config: Thing) -> Thing:
    """Return all settings as the API shows them: what was set, and what the others are at first."""
    first = (
        {name: value for name, (_, _, value) in NUMBERS.items()}
        | {name: value for name, (_, value) in WORDS.items()}
        | SWITCHES
        | GROUPS
    )
    return {name: value for name, value in first.items() if name not in UNSHOWN} | config


def checked(given: Thing, now: Thing) -> Thing:
    """Return settings of a request in the form that the API keeps, if they are possible after those of now."""
    found = {}
    for name, value in given.items():
        if name in NUMBERS:
            found[name] = _number(name, value, now.get(name, 0))
        elif name in WORDS:
            choices, _ = WORDS[name]
            if not isinstance(value, str) or (choices and value not in choices):
                raise unprocessable(f"invalid config: {name} must be {' or '.join(choices) or 'a string'}")
            found[name] = value
        elif name in SWITCHES:
            if not isinstance(value, bool):
                raise unprocessable(f"invalid config: {name} must be true or false")
            found[name] = value
        elif name in GROUPS and isinstance(value, dict) and not value.keys() - GROUPS[name].keys():
            found[name] = now.get(name, GROUPS[name]) | value
        else:
            raise unprocessable(f"invalid config: {name}")
    return found


def written(config: Thing) -> dict[str, str]:
    """Return these settings as PostgreSQL itself names them."""
    ours = {name: value for name, value in config.items() if name not in OF_THE_CLOUD}
    return {name: _text(value) + ("" if value in (-1, 0) else UNITS.get(name, "")) for name, value in ours.items()}


def _number(name: str, value: Any, now: float) -> float:
    least, most, first = NUMBERS[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise unprocessable(f"invalid config: {name} must be a number from {least} to {most}")
    if name == "max_connections":
        raise unprocessable("invalid config: max_connections is not available to this account")
    if name in NEVER_LOWER and value < now:
        raise unprocessable(f"invalid config: {name} cannot be lowered from {now}")
    if isinstance(first, float):
        return float(value)
    if value != int(value):
        raise unprocessable(f"invalid config: {name} must be a whole number")
    return int(value)


def _text(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)

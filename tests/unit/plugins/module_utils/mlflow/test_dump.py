# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What mlflow_dump refuses. The dump itself is tested on a host."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow import dump

LIST = """;
; Archive created at 2026-11-30 06:30:00 UTC
3842; 0 16731 TABLE DATA public metrics mlflow
3843; 0 16744 TABLE DATA public runs mlflow
"""


def answers(**by_command):
    """Return a function that runs a command as they would: exit code and both outputs."""
    return lambda command: by_command.get(command[1].strip("-").partition("=")[0], (0, "", ""))


@pytest.mark.parametrize("server", [150008, 140019, 90624])
def test_server_that_is_not_newer_than_the_client_is_dumped(server):
    dump.check_client(answers(version=(0, "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", "")), server)


def test_server_that_is_newer_than_the_client_is_refused_before_anything_is_written():
    run = answers(version=(0, "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", ""))
    with pytest.raises(Refused) as refused:
        dump.check_client(run, 170002)
    assert str(refused.value) == (
        "mlflow_database_host: the server is PostgreSQL 17, and pg_dump of this host is 15, "
        "which cannot dump a newer server; use a host with a newer Debian"
    )


def test_dump_without_one_of_the_tables_is_refused():
    run = answers(list=(0, LIST, ""))
    dump.prove(run, "/mlflow.dump", {"runs": {}, "metrics": {}})
    with pytest.raises(Refused, match="the dump lacks params; try again"):
        dump.prove(run, "/mlflow.dump", {"runs": {}, "params": {}})


def test_dump_that_cannot_be_read_to_its_end_is_refused():
    run = answers(list=(0, LIST, ""), file=(1, "", "pg_restore: error: could not read from input file: end of file\n"))
    with pytest.raises(Refused, match="pg_restore fails: pg_restore: error: could not read from input file: end of"):
        dump.prove(run, "/mlflow.dump", {"runs": {}})

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A throw-away PostgreSQL server on this host, to which a dump is restored; nothing of it is reached from outside."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from importlib import import_module
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.backup.settings import run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.dump import SNAPSHOT, succeed
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.fingerprint import fingerprint

AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=TERM"]
READY = "database system is ready to accept connections"
SECONDS = 60
# Nothing here has to survive a crash
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "4GB",
    "maintenance_work_mem": "128MB",
    "autovacuum": "off",
}


def restored(path, directory):
    """Restore a dump to a scratch server, and return the fingerprint of what is there then.

    Args:
        path (str): The dump.
        directory (Path): Where the server may keep its data; the user postgres must be able to enter it.

    Returns:
        dict: As fingerprint has it.

    """
    sa = import_module("sqlalchemy")
    with server(directory) as socket:
        succeed(run, ["createdb", f"--host={socket}", "--username=postgres", "--encoding=UTF8", "mlflow"])
        place = f"host={socket} user=postgres dbname=mlflow"
        succeed(run, ["pg_restore", "--no-owner", "--no-acl", "--jobs=2", f"--dbname={place}", str(path)])
        url = sa.URL.create("postgresql+psycopg2", username="postgres", database="mlflow", query={"host": str(socket)})
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect().execution_options(**SNAPSHOT) as connection:
            return fingerprint(sa, connection)


@contextlib.contextmanager
def server(directory):
    """Run a server and give the directory of its socket; both are gone afterwards."""
    programs = newest_programs()
    scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=directory))
    shutil.chown(scratch, "postgres", "postgres")
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
    try:
        made = [*AS_POSTGRES, programs / "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        succeed(run, [*map(str, made), f"--pgdata={scratch}/data"])
        options = [f"-c{name}={value}" for name, value in (SETTINGS | {"unix_socket_directories": scratch}).items()]
        with (scratch / "log").open("wb") as log:
            process = subprocess.Popen(
                [*AS_POSTGRES, programs / "postgres", "-D", scratch / "data", *options],
                cwd=scratch,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_until_ready(process, scratch / "log")
            yield scratch
        finally:
            process.terminate()  # smart, but nobody is logged in
            process.wait()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def newest_programs():
    """Return the directory of the newest PostgreSQL server of the host."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        raise Refused("PostgreSQL's server is not installed on this host, where dumps are restored; run site.yml")
    return found[-1].parent


def wait_until_ready(process, log):
    """Wait until the server serves."""
    deadline = time.monotonic() + SECONDS
    while READY not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            last = re.sub(r"\s+", " ", log.read_text())[-300:]
            raise Refused(f"the scratch server does not start within {SECONDS} s ({last}); correct that")
        time.sleep(0.05)

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A throw-away PostgreSQL cluster that is started with a configuration, so that the server itself judges it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

SECONDS = 120
READY = "database system is ready to accept connections"
# The scratch server is reached by nobody, archives nothing and logs in a form that can be read
KEPT_APART = {
    "listen_addresses": "",
    "archive_command": "/bin/true",
    "archive_library": "",
    "log_destination": "stderr",
    "log_line_prefix": "",
    "log_min_messages": "warning",
    "logging_collector": "off",
    "lc_messages": "C",
}


def complaints(programs, directory, name, content):
    """Return what a server says that does not start with `content` as the file `name` of a copy of `directory`."""
    scratch = Path(tempfile.mkdtemp(prefix="postgresql-trial-", dir="/var/tmp"))
    try:
        shutil.copytree(directory, scratch / "etc")
        (scratch / "etc" / name).parent.mkdir(exist_ok=True)
        (scratch / "etc" / name).write_text(content)
        (scratch / "etc/pg_hba.conf").write_text("local all all trust\n")
        for path in (scratch, *scratch.rglob("*")):
            shutil.chown(path, "postgres", "postgres")
        made = run(
            [
                f"{programs}/initdb",
                "--no-sync",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                f"--pgdata={scratch}/data",
            ],
            scratch,
        )
        text = start(programs, scratch, content) if made == 0 else (scratch / "log").read_text()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return reasons(text.replace(f"{scratch}/etc", str(directory)), Path(directory) / name)


def start(programs, scratch, content):
    """Start a server, end it once it is ready, and return what it said; nothing if it was ready."""
    own = {
        "data_directory": "data",
        "hba_file": "etc/pg_hba.conf",
        "ident_file": "etc/pg_ident.conf",
        "external_pid_file": "pid",
    }
    settings = (
        KEPT_APART
        | {option: f"{scratch}/{path}" for option, path in own.items()}
        | {"unix_socket_directories": str(scratch)}
    )
    if run([f"{programs}/postgres", "-C", "archive_library", "-D", f"{scratch}/data"], scratch):
        del settings["archive_library"]  # PostgreSQL 14 and older
    if not all(Path(path).exists() for path in re.findall(r"(?m)^ssl_(?:cert|key)_file = '(.*)'$", content)):
        settings["ssl"] = "off"  # the role has not written its certificate yet
    options = [f"-c{option}={value}" for option, value in settings.items()]
    (scratch / "log").write_text("")
    with background(
        [f"{programs}/postgres", "-D", f"{scratch}/data", f"-cconfig_file={scratch}/etc/postgresql.conf", *options],
        scratch,
    ) as server:
        deadline = time.monotonic() + SECONDS
        while server.poll() is None and time.monotonic() < deadline:
            if READY in (scratch / "log").read_text():
                return ""
            time.sleep(0.05)
    return (scratch / "log").read_text() or f"FATAL:  the server is not ready after {SECONDS} s"


@contextlib.contextmanager
def background(command, scratch):
    """Run a program as the user postgres; it does not outlive the body, nor this process, nor its time."""
    prefix = [
        "setpriv",
        "--reuid=postgres",
        "--regid=postgres",
        "--init-groups",
        "--pdeathsig=TERM",
        "timeout",
        "--kill-after=5",
        str(SECONDS),
    ]
    with (scratch / "log").open("ab") as log:
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
        process = subprocess.Popen(
            prefix + command, cwd=scratch, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGQUIT)
        process.wait()


def run(command, scratch):
    """Run a program to its end and return its status."""
    with background(command, scratch) as process:
        return process.wait()


def reasons(text, file):
    """Return the reasons that a server gave for not starting, each on one line and without the place in `file`."""
    lines = [line for line in text.splitlines() if line.strip()]
    wrong = [line for line in lines if re.match("(LOG|FATAL|PANIC|ERROR|initdb: error):", line)]
    if any(re.match('FATAL: +configuration file ".*" contains errors', line) for line in wrong):
        wrong = [line for line in wrong if line.startswith("LOG:")]
    elif any(not line.startswith("LOG:") for line in wrong):
        wrong = [line for line in wrong if not line.startswith("LOG:")]
    wrong = wrong or lines[-1:]
    around = rf'^(?:initdb: )?\w+: +| in file "{re.escape(str(file))}" line \d+'
    return [re.sub(around, "", line) for line in dict.fromkeys(wrong)]

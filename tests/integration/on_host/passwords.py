# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tries what passwords.yml has made of passwords, with the interpreter of the release.

Prints what did not arrive as it was given.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
from botocore.session import Session
from sqlalchemy import make_url

PASSWORDS = json.loads(sys.stdin.readline())
made = json.loads(Path("/run/passwords.json").read_text())
folder = Path(tempfile.mkdtemp(dir="/run"))
users = [f"hostile_{number}" for number in range(len(PASSWORDS))]
failures = []


def file(name, text):
    """Write a file as the role does."""
    path = folder / name
    path.touch(0o600)
    path.write_text(text)
    return str(path)


def sql(statement):
    """Do something as PostgreSQL's superuser."""
    subprocess.run(["runuser", "-u", "postgres", "--", "psql", "-qc", statement], stdout=subprocess.DEVNULL, check=True)


def login(user, **options):
    """Log in with TLS; return what PostgreSQL says against it."""
    try:
        psycopg2.connect(
            host="localhost",
            dbname="mlflow",
            user=user,
            sslmode="verify-full",
            sslrootcert="/etc/mlflow/database-ca.crt",
            **options,
        ).close()
    except psycopg2.OperationalError as error:
        return str(error)
    return ""


def compare(what, found):
    """Note the passwords that came out as others."""
    failures.extend([what, given, came] for given, came in zip(PASSWORDS, found, strict=True) if given != came)


hba = next(Path("/etc/postgresql").glob("*/main/pg_hba.conf"))
before = hba.read_text()
try:
    hba.write_text(
        "".join(
            f"hostssl mlflow {','.join(users)} {address} scram-sha-256\n" for address in ("127.0.0.1/32", "::1/128")
        )
        + before
    )
    sql("select pg_reload_conf()")
    while "no pg_hba.conf entry" in (said := login(users[0], password=f"{PASSWORDS[0]}, but another")):
        time.sleep(0.1)
    if "password authentication failed" not in said:
        failures.append(["login", PASSWORDS[0], "another password was let in too"])
    passfile = file("pgpass", "".join(made["pgpass"]))
    failures += [
        ["login", given, said]
        for user, given in zip(users, PASSWORDS, strict=True)
        if (said := login(user, passfile=passfile))
    ]
finally:
    hba.write_text(before)
    sql("select pg_reload_conf()")
    sql(f"drop role {', '.join(users)}")

keys = []
for number, text in enumerate(made["aws"]):
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = file(f"aws-{number}", text)
    keys.append(Session().get_credentials().secret_key)
compare(
    "key of the bucket",
    [key if given.split() == [given] else given for given, key in zip(PASSWORDS, keys, strict=True)],
)

run = [
    "systemd-run",
    "--quiet",
    "--wait",
    "--pipe",
    f"--property=EnvironmentFile={file('environment', made['environment'])}",
    "env",
    "--null",
]
printed = subprocess.run(run, capture_output=True, text=True, check=True).stdout
environment = dict(line.split("=", 1) for line in printed.split("\0") if line)
compare("variable of a unit", [environment.get(user) for user in users])

urls = [make_url(uri) for uri in made["uris"]]
compare("password of a URI", [url.password for url in urls])
compare("user of a URI", [url.username for url in urls])
compare("database of a URI", [url.database for url in urls])

subprocess.run(["rm", "-r", folder, "/run/passwords.json"], check=True)
print(json.dumps(failures))

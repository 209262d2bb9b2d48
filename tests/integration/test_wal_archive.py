# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The WAL archive loses at most a minute, and brings back a second that is named.

The tests build on each other, in their order.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time
import uuid
from datetime import datetime, timedelta

import pytest
from ansible_collections.mlops.mlflow.tests.integration import lab
from ansible_collections.mlops.mlflow.tests.integration.needles import forms, on_controller
from ansible_collections.mlops.mlflow.tests.integration.test_secrets import RIGHT_PLACES

RESTORE = "playbooks/restore_point_in_time.yml"
DISCARD = {"postgresql_restore_discard": True}
TIME = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*\+00$", re.MULTILINE)
AT_MOST_LOST = 60  # seconds, postgresql's archive_timeout
TO_ARCHIVE = 5  # seconds that a segment may take on a busy machine
UNITS = ("postgresql-backup-full.timer", "postgresql-backup-diff.timer")


class Writer:
    """A client that commits a row with its time each 0.2 s, and notes what the server has acknowledged."""

    def __init__(self):
        lab.sql("create table if not exists beats (at timestamptz)")
        self.client = subprocess.Popen(
            [*lab.ON_HOST, "runuser", "-u", "postgres", "--", "psql", "-qAtX", "postgres"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.began = time.monotonic()
        self.client.stdin.write("insert into beats values (clock_timestamp()) returning at \\watch 0.2\n")
        self.client.stdin.flush()

    def after(self, seconds):
        """Wait until it has written for some seconds."""
        time.sleep(max(0, self.began + seconds - time.monotonic()))

    def end(self):
        """End it, and return the time of the last row that was acknowledged."""
        with contextlib.suppress(AssertionError):  # a server that is gone
            lab.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like 'insert into beats%'")
        return at(TIME.findall(self.client.communicate()[0])[-1])


def at(text):
    """Return a time as PostgreSQL prints it."""
    return datetime.fromisoformat(text)


def last():
    """Return the time of the last row in the database."""
    return at(lab.sql("select max(at) from beats"))


def play(*arguments, variables=None, playbook="site.yml"):
    """Run a play to its end, whichever that is, and return it."""
    tags = ["--tags=postgresql"] if playbook == "site.yml" else []
    run = lab.Play(*tags, *arguments, variables=variables, playbook=playbook)
    assert list(run.follow())
    return run


def told(run):
    """Return the messages of the tasks that have failed."""
    assert run.process.returncode != 0, run.output[-3000:]
    return [" ".join(each.split()) for each in re.findall(r"^\[ERROR\]: (.*)$", run.output, re.MULTILINE)]


def changed(run):
    """Return the names of the tasks that have changed something."""
    return [run.tasks[number][1].rpartition(" : ")[2] for number in run.changed]


@pytest.fixture(scope="module")
def archive(deployed):
    """Return an archive in a new bucket, with a passphrase of its own."""
    given, bucket = lab.access(), f"archive-{uuid.uuid4().hex[:8]}"
    lab.store().create_bucket(Bucket=bucket)
    return {
        "endpoint": "s3",  # Docker's name of the machine, which is in its certificate
        "bucket": bucket,
        "uri_style": "path",
        "ca": (lab.STATE / "ca.crt").read_text(),
        "access_key_id": given["access_key"],
        "secret_access_key": given["secret_key"],
        "passphrase": f"planted{uuid.uuid4().hex}",
    }


@pytest.fixture(scope="module")
def laid_over(archive, tmp_path_factory):
    """Return a function that writes variables of the archive to a file that a play reads."""

    def write(**more):
        path = tmp_path_factory.mktemp("archive") / "archive.json"
        path.write_text(json.dumps({"postgresql_wal_archive": archive | more}))
        path.chmod(0o600)
        return f"--extra-vars=@{path}"

    return write


@pytest.fixture(scope="module")
def on(laid_over):
    """Return the option that gives the archive to a play."""
    return laid_over()


@pytest.fixture(scope="module")
def turned_on(archive, on):
    """Turn the archive on, as talkatively as possible, while all processes of both sides are watched."""
    wanted = forms(archive["passphrase"], archive["secret_access_key"])
    with lab.watch(wanted) as here, lab.watch(wanted, place=lab.ON_HOST) as there:
        run = play(on, "-vvv", "--diff")
        lab.run("systemctl", "start", "postgresql-backup@diff.service")
    assert run.process.returncode == 0, run.output[-6000:]
    return run, here + there, wanted


def kill():
    """Kill all processes of the server, as a power cut does."""
    lab.run("systemctl", "kill", "--signal=KILL", "postgresql@*.service")
    time.sleep(1)


def state():
    """Return what a refused archive must leave alone."""
    files = "/etc/postgresql/*/main/conf.d/* /etc/pgbackrest.conf /etc/systemd/system/*"
    kept = lab.run("sh", "-c", f"cat {files} 2>/dev/null | sha256sum; ls -d /run/pgbackrest-* 2>/dev/null; true")
    return kept, lab.sql("select pg_postmaster_start_time()")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"secret_access_key": "wrong"}, "access_key_id, secret_access_key: s3 refuses these keys for the bucket "),
        ({"bucket": "nowhere"}, "bucket: nowhere does not exist at s3; create it, or correct its name"),
        ({"ca": ""}, "ca: the certificate of s3 is signed by an authority that the host does not know ("),
    ],
    ids=["key", "bucket", "ca"],
)
def test_an_archive_that_cannot_be_used_is_told_in_one_sentence_and_nothing_changes(wrong, sentence, laid_over):
    lab.run("apt-get", "install", "-qq", "--no-install-recommends", "pgbackrest")  # the one thing that stays
    before = state()
    run = play(laid_over(**wrong))
    assert [f"postgresql_wal_archive: {sentence}" in each for each in told(run)] == [True], run.output[-3000:]
    assert (changed(run), state()) == ([], before)


def test_turning_it_on_restarts_the_server_once_and_takes_a_backup(turned_on):
    run = turned_on[0]
    assert changed(run).count("Restart the server") == 1
    assert (lab.sql("show archive_mode"), lab.sql("show archive_timeout")) == ("on", f"{AT_MOST_LOST // 60}min")
    told = json.loads(lab.run("runuser", "-u", "postgres", "--", "pgbackrest", "info", "--output=json"))
    assert [each["type"] for each in told[0]["backup"]] == ["full", "diff"]
    assert lab.run("systemctl", "is-active", *UNITS).split() == ["active", "active"]
    assert lab.run("stat", "-c", "%a %U:%G", "/etc/pgbackrest.conf").strip() == "640 root:postgres"


def test_a_second_run_changes_nothing(turned_on, on):
    again = play(on)
    assert (again.process.returncode, changed(again)) == (0, []), again.output[-3000:]


def test_secrets_of_the_archive_are_in_its_configuration_only(turned_on, archive):
    run, seen, wanted = turned_on
    assert [line for line in run.lines if any(form in line for form in wanted)] == []
    assert seen == []
    configuration = {"/etc/pgbackrest.conf": "-rw-r----- root:postgres"}
    assert lab.program("search", forms(archive["passphrase"])) == configuration
    both = RIGHT_PLACES["key of the bucket"] | configuration
    assert lab.program("search", forms(archive["secret_access_key"])) == both
    assert on_controller(wanted) == []


@pytest.fixture(scope="module")
def written(turned_on):
    """Write for some seconds; return one of them, and the time of the last row."""
    writer = Writer()
    writer.after(9)
    second = at(lab.sql("select date_trunc('second', now())")) - timedelta(seconds=6)
    return second, writer.end()


def restored(second, on):
    """Restore a second, check what is back, and return what the play has said."""
    run = play(on, playbook=RESTORE, variables={"postgresql_restore_to": str(second)} | DISCARD)
    assert run.process.returncode == 0, run.output[-6000:]
    assert second - timedelta(seconds=1) <= last() <= second
    print(f"restored to {second}: the last row is of {(second - last()).total_seconds():.3f} s before")
    return " ".join(run.output.split())


def test_a_second_that_is_named_comes_back(written, on):
    second, newest = written
    assert second < newest
    kept = re.search(r"kept in (\S+?);", restored(second, on))[1]
    assert lab.run("ls", f"{kept}/PG_VERSION")
    assert lab.sql("select current_setting('restore_command'), count(*) from pg_settings where pending_restart") == "|0"


def test_a_second_that_a_restore_has_discarded_comes_back(written, on):
    restored(written[0] + timedelta(seconds=3), on)


def test_a_lost_server_loses_at_most_a_minute(turned_on, on):
    writer = Writer()
    refusals = {
        "": "postgresql_restore_to is missing; give the time to go back to, such as",
        "2020-11-30 14:05:00+00": "postgresql_restore_to: 2020-11-30 14:05:00+00 is before the end of the first backup",
        "latest": "postgresql_restore_discard: the databases of mlflow-1 would be as they were at the end of the archi",
    }
    for text, sentence in refusals.items():  # meanwhile, as the archive needs a minute
        refused = play(on, playbook=RESTORE, variables={"postgresql_restore_to": text})
        assert [sentence in each for each in told(refused)] == [True], refused.output[-3000:]
        assert changed(refused) == []
    writer.after(AT_MOST_LOST + TO_ARCHIVE)  # since the server has started, which was before

    data = lab.sql("select current_setting('data_directory')")
    kill()
    lab.run("rm", "-r", data)
    newest = writer.end()
    run = play(on, playbook=RESTORE, variables={"postgresql_restore_to": "latest"})
    assert run.process.returncode == 0, run.output[-6000:]
    lost = newest - last()
    print(f"written until {newest}, restored until {last()}: {lost.total_seconds():.1f} s lost")
    assert lost <= timedelta(seconds=AT_MOST_LOST + TO_ARCHIVE)


def test_a_restore_that_fails_leaves_everything_as_it_was(turned_on, on):
    lab.sql("insert into beats values (clock_timestamp())")
    newest, started = last(), lab.sql("select pg_postmaster_start_time()")
    kill()
    run = play(on, playbook=RESTORE, variables={"postgresql_restore_to": str(newest + timedelta(seconds=1))} | DISCARD)
    assert "postgresql_restore_to: the archive ends at " in told(run)[-1], run.output[-3000:]
    assert "The databases are as they were before this run; correct this and run the play again" in told(run)[-1]
    assert (last(), lab.sql("select pg_postmaster_start_time()") > started) == (newest, True)
    assert lab.run("systemctl", "is-active", "mlflow.service", *UNITS).split() == ["active"] * 3


def test_turning_it_off_removes_it_and_keeps_the_archive(turned_on, archive):
    run = play()
    assert (run.process.returncode, changed(run).count("Restart the server")) == (0, 1), run.output[-3000:]
    assert lab.sql("show archive_mode") == "off"
    assert lab.run("sh", "-c", "ls /etc/pgbackrest* /etc/systemd/system/postgresql-backup* 2>/dev/null; true") == ""
    assert lab.run("systemctl", "list-units", "--all", "--plain", "--no-legend", "postgresql-backup*.timer") == ""
    assert lab.store().list_objects_v2(Bucket=archive["bucket"])["KeyCount"] > 10
    again = play()
    assert (again.process.returncode, changed(again)) == (0, []), again.output[-3000:]

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is changed by hand is shown by a dry run and put back by the next run.

A bad setting never takes the database down.
"""

from __future__ import annotations

import re

import pytest
from ansible_collections.mlops.mlflow.tests.integration import lab

BY_HAND = """
set -e
mkdir -p /etc/systemd/system/mlflow.service.d /run/systemd/system/mlflow.socket.d
printf '[Service]\\nUser=root\\nProtectSystem=no\\nEnvironment=WORD=planted\\n' \\
    > /etc/systemd/system/mlflow.service.d/override.conf
printf '[Socket]\\nSocketMode=0666\\n' > /run/systemd/system/mlflow.socket.d/open.conf
systemctl set-property mlflow.service MemoryMax=9G
systemctl restart mlflow.service
ln -sf /dev/null /etc/systemd/system/mlflow.socket
systemctl daemon-reload
systemctl disable nginx ufw
systemctl stop nginx
systemctl mask --runtime nginx
systemctl mask postgresql ufw
chmod 0644 /etc/mlflow/credentials/pgpass /opt/mlflow/current/mlflow.env
chmod 0755 /etc/mlflow/credentials
"""
IN_DATABASE = """
alter role mlflow superuser createrole connection limit 1 valid until '2030-01-01';
alter role mlflow set work_mem to '1GB';
alter role mlflow in database mlflow set search_path to pg_temp;
alter database mlflow set statement_timeout to 50000;
grant pg_write_server_files to mlflow;
alter system set fsync = off;
alter system set work_mem = '1GB';
select pg_reload_conf();
alter system set listen_addresses = '*';
"""
SHOWN = (
    "-User=root",
    "-SocketMode=0666",
    "-MemoryMax=9663676416",
    "+systemctl unmask mlflow.socket",
    "+systemctl unmask --runtime nginx.service",
    "+systemctl start nginx.service",
    "+systemctl unmask postgresql.service",
    "-fsync = 'off'",
    "-listen_addresses = '*'",
    "item=alter role mlflow login inherit nosuperuser",
    "item=revoke pg_write_server_files from mlflow",
    "item=alter role mlflow in database mlflow reset all",
    "item=alter role mlflow reset all",
    "item=alter database mlflow reset all",
    "libpq does not use a password file that others can read",
    "The dry run goes on",
)
STATE = """
systemctl show --property=User,ProtectSystem mlflow.service
stat -c %a /run/mlflow.sock /etc/mlflow/credentials /etc/mlflow/credentials/pgpass /opt/mlflow/current/mlflow.env
systemctl is-enabled mlflow.socket mlflow.service nginx postgresql ufw
systemctl is-active mlflow.socket mlflow.service nginx
"""
# The tasks of a run that finds nothing to do, on a host that has everything; exact, so that they cannot creep up
TASKS, SKIPPED = 39, 49
AS_DECLARED = ["User=mlflow", "ProtectSystem=strict", "660", "700", "600", "600", *["enabled"] * 5, *["active"] * 3]


def play(*arguments, playbook="site.yml", **variables):
    """Run a playbook to its end, well or not."""
    done = lab.Play(*arguments, playbook=playbook, variables=variables)
    for _ in done.follow():
        pass
    return done


def started():
    """Return when the server was started."""
    return lab.sql("select pg_postmaster_start_time()")


def test_what_was_changed_by_hand_is_shown_whole_and_put_back_by_one_run(deployed):
    lab.run("sh", "-c", BY_HAND)
    lab.sql(IN_DATABASE)
    before = started()

    dry = play("--check", "--diff")
    assert dry.process.returncode == 0, dry.output[-6000:]
    text = re.sub(r"\s+", " ", dry.output)
    assert [line for line in SHOWN if line not in text] == []
    assert "planted" not in text

    repaired = play("--diff")
    assert repaired.process.returncode == 0, repaired.output[-6000:]
    assert lab.run("sh", "-c", f"{STATE} true").split() == AS_DECLARED
    assert lab.sql("select rolsuper or rolcreaterole, rolconnlimit from pg_roles where rolname = 'mlflow'") == "f|-1"
    assert lab.sql("select count(*) from pg_db_role_setting") == "0"
    assert (
        lab.sql(
            "select current_setting('fsync'), current_setting('work_mem') <> '1GB', current_setting('listen_addresses')"
        )
        == "on|t|localhost"
    )
    assert started() == before, "ALTER SYSTEM would have come into force by a restart"

    settled = play("--check", "--diff")
    assert re.search(rf"mlflow-1 +: ok={TASKS} +changed=0 .* failed=0 +skipped={SKIPPED} ", settled.output), (
        settled.output[-6000:]
    )


def test_unit_that_was_only_disabled_is_enabled_and_nothing_follows(deployed):
    files = ["/etc/nginx/nginx.conf", "/etc/nginx/proxy.pem"]
    unit = {"name": "nginx.service", "state": "started", "files": files, "note": "/run/nginx.loaded"}
    lab.run("systemctl", "disable", "nginx")
    assert lab.module("units", {"units": [unit]})["commands"] == ["systemctl enable nginx.service"]
    assert lab.module("units", {"units": [unit]})["changed"] is False


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"work_mem": "lots", "temp_buffers": "-1"},
            [
                'work_mem: lots is refused by PostgreSQL 15 (invalid value for parameter "work_mem": "lots")',
                "temp_buffers: -1 is refused",
            ],
        ),
        (
            {"shared_preload_libraries": "nope"},
            ["shared_preload_libraries: nope is refused by PostgreSQL 15 (could not access file"],
        ),
        (
            {"no_such_setting": "1"},
            ["no_such_setting: 1 is refused by PostgreSQL 15 (unrecognized configuration parameter"],
        ),
    ],
)
def test_settings_that_the_server_refuses_are_named_before_anything_changes(deployed, settings, said):
    before = started()
    refused = play("--tags", "postgresql", postgresql_settings=settings)
    text = re.sub(r"\s+", " ", refused.output)
    assert [sentence for sentence in said if f"postgresql_settings: {sentence}" not in text] == []
    assert refused.changed == []
    assert started() == before


def test_settings_with_which_the_server_does_not_start_again_are_put_back(deployed):
    """A scratch cluster has no replication slot, so only the restart shows that this cannot be."""
    lab.sql("select pg_create_physical_replication_slot('kept', true)")
    failed = play("--tags", "postgresql", postgresql_settings={"wal_level": "minimal", "max_wal_senders": "0"})
    text = re.sub(r"\s+", " ", failed.output)
    assert failed.process.returncode != 0
    assert 'physical replication slot "kept" exists, but wal_level < replica' in text
    assert "The settings from before are back, and the server runs with them" in text
    assert lab.sql("select pg_drop_replication_slot('kept'); show wal_level") == "replica"
    assert re.search(r"mlflow-1 .* changed=0 .* failed=0 ", play("--tags", "postgresql", "--check").output)


def test_damaged_release_is_made_anew_beside_it_and_is_the_way_back_once_it_is_whole(deployed):
    before = lab.run("readlink", "/opt/mlflow/current").strip()
    removed = lab.run("sh", "-c", f"cd {before}; ls lib/python3*/site-packages/mlflow/openai/__init__.py").strip()
    content = lab.run("cat", f"{before}/{removed}")
    lab.run("rm", f"{before}/{removed}")

    dry = play("--tags", "mlflow", "--check", "--diff")
    assert f"-{removed}: missing" in dry.output, dry.output[-6000:]
    repaired = play("--tags", "mlflow")
    assert repaired.process.returncode == 0, repaired.output[-6000:]
    after = lab.run("readlink", "/opt/mlflow/current").strip()
    assert after == f"{before}-b"
    assert lab.run("cat", f"{after}/{removed}") == content

    refused = play(playbook="playbooks/rollback.yml")
    assert f"/opt/mlflow/last of mlflow-1 leads to no intact release ({removed}: missing)" in " ".join(
        refused.output.split()
    )
    assert refused.changed == []

    lab.run("tee", f"{before}/{removed}", given=content)
    lab.run("sh", "-c", f"echo MLOPS_OF_THE_RELEASE=before >> {before}/mlflow.env")
    back = play(playbook="playbooks/rollback.yml")
    assert back.process.returncode == 0, back.output[-6000:]
    assert lab.run("readlink", "/opt/mlflow/current", "/opt/mlflow/last").split() == [before, after]
    pid = lab.run("systemctl", "show", "--property=MainPID", "--value", "mlflow.service").strip()
    assert "MLOPS_OF_THE_RELEASE=before" in lab.run("cat", f"/proc/{pid}/environ").split("\0")

    again = play("--tags", "mlflow", "--diff")
    assert "-MLOPS_OF_THE_RELEASE=before" in again.output
    assert re.search(r"mlflow-1 .* changed=0 .* failed=0 ", play("--tags", "mlflow", "--check").output)

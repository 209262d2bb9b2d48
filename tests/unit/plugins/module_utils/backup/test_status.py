# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.status import Status, metrics, tell


class Settings(dict):
    directory = None


@pytest.fixture
def settings(tmp_path):
    settings = Settings(metrics_directory=str(tmp_path / "metrics"), on_failure="", name="production")
    settings.directory = tmp_path / "state"
    return settings


@pytest.fixture
def prom(settings, tmp_path):
    return tmp_path / "metrics/mlflow_backup.prom"


def test_nothing_is_known_at_first(settings):
    assert Status(settings).read() == {
        "backup": {"success": None, "failure": None},
        "drill": {"success": None, "failure": None},
    }


def test_success_ends_a_failure_and_is_kept_by_the_next(settings, prom):
    status = Status(settings)
    status.failed("backup", "no space left")
    assert "mlflow_backup_failed 1\n" in prom.read_text()
    status.succeeded("backup", {"seconds": 2.5, "bytes": 10})
    assert "mlflow_backup_failed 0\n" in prom.read_text()
    assert "mlflow_backup_duration_seconds 2.5\n" in prom.read_text()
    status.failed("backup", "no space left")
    known = status.read()["backup"]
    assert known["success"]["bytes"] == 10
    assert known["failure"]["why"] == "no space left"
    assert prom.stat().st_mode & 0o777 == 0o644


def test_metrics_are_in_prometheus_text_format():
    known = {
        "backup": {"success": {"ended": "1970-01-01T00:01:00Z", "seconds": 1}, "failure": None},
        "drill": {"success": {"ended": "1970-01-01T00:02:00Z", "rto_seconds": 4, "rpo_seconds": 5}, "failure": None},
    }
    lines = metrics(known).splitlines()
    names = [line.split()[0] for line in lines if not line.startswith("#")]
    assert "mlflow_backup_last_success_timestamp_seconds 60" in lines
    assert "mlflow_backup_drill_last_success_timestamp_seconds 120" in lines
    assert len(names) == len(set(names))
    assert [f"# TYPE {name} gauge" in lines for name in names] == [True] * len(names)


def test_nothing_is_told_of_a_success(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("SERVICE_RESULT", "success")
    settings["on_failure"] = f"touch {tmp_path}/told"
    assert Status(settings).ended("backup") == 0
    assert not (tmp_path / "told").exists()


def test_command_is_told_what_the_program_said(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("SERVICE_RESULT", "exit-code")
    monkeypatch.setenv("INVOCATION_ID", "1")
    settings["on_failure"] = f'echo "$MLFLOW_BACKUP_UNIT $MLFLOW_BACKUP_NAME: $MLFLOW_BACKUP_WHY" > {tmp_path}/told'
    Status(settings).failed("drill", "rows differ")
    Status(settings).ended("drill")
    assert (tmp_path / "told").read_text() == "mlflow-backup-drill production: rows differ\n"


def test_program_that_was_killed_is_told_of_too(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("INVOCATION_ID", "1")
    Status(settings).failed("backup", "an older reason")
    monkeypatch.setenv("INVOCATION_ID", "2")
    monkeypatch.setenv("SERVICE_RESULT", "timeout")
    monkeypatch.setenv("EXIT_STATUS", "TERM")
    settings["on_failure"] = f'echo "$MLFLOW_BACKUP_WHY" > {tmp_path}/told'
    Status(settings).ended("backup")
    assert (tmp_path / "told").read_text() == "systemd ended it: timeout TERM\n"


def test_command_that_fails_is_no_second_failure(capfd):
    tell("exit 3", "backup", "why", "name")
    assert "the command ends with 3" in capfd.readouterr().err


def test_webhook_gets_json():
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    tell(f"http://127.0.0.1:{server.server_port}/", "backup", "no space left", "production")
    thread.join()
    server.server_close()
    assert got == [{"unit": "mlflow-backup", "name": "production", "why": "no space left"}]


def test_webhook_that_does_not_answer_is_no_second_failure(capsys):
    tell("http://127.0.0.1:9/", "backup", "why", "name")
    assert "the webhook fails" in capsys.readouterr().err

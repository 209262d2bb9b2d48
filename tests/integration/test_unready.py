# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A play that leaves MLflow unable to serve prints why, and does not wait for what will not come."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.tests.integration import lab

ENVIRONMENT, KEPT, FURTHER = "/opt/mlflow/current/mlflow.env", "/run/mlflow.env.kept", "/run/further.env"
DROP_IN = "/run/systemd/system/mlflow.service.d/further.conf"


@pytest.fixture
def service(deployed):
    """Let a test break the service, and have it serve again after that."""
    lab.run("cp", "-a", ENVIRONMENT, KEPT)
    yield
    lab.run("cp", "-a", KEPT, ENVIRONMENT)
    lab.run("rm", "-f", DROP_IN, FURTHER, KEPT)
    lab.run("systemctl", "daemon-reload")
    lab.run("systemctl", "start", "postgresql")
    lab.run("systemctl", "restart", "mlflow.service")


def unready(timeout=180):
    """Return how mlflow_ready fails."""
    result = lab.module("mlflow_ready", {"timeout": timeout})
    assert "part" in result, result
    return result


def start_with(*variables):
    """Start the service with further variables."""
    lab.run("mkdir", "-p", DROP_IN.rpartition("/")[0])
    lab.run("tee", DROP_IN, given=f"[Service]\nEnvironmentFile={FURTHER}\n")
    lab.run("tee", FURTHER, given="".join(f"{variable}\n" for variable in variables))
    lab.run("systemctl", "daemon-reload")
    lab.run("systemctl", "restart", "--no-block", "mlflow.service")


def test_the_play_prints_why_mlflow_does_not_start(service):
    play = lab.Play(
        playbook="playbooks/deploy.yml",
        variables={"mlflow_environment": {"MLFLOW_TRACE_ARCHIVAL_CONFIG": "/etc/hostname"}},
    )
    for _ in play.follow():
        pass
    said = " ".join(play.output.split())
    assert play.process.returncode != 0
    assert "MLflow does not start: it has ended 2 times. The end of its journal:" in said
    assert "Invalid trace archival config file ''/etc/hostname''" in said
    assert play.tasks[-1][1].endswith(
        "Wait until the database and the artifact store answer through MLflow (usually 5 s, at most 3 min)"
    )


def test_a_database_that_refuses_is_named(service):
    lab.run("systemctl", "stop", "postgresql")
    result = unready(timeout=30)
    assert result["part"] == "database"
    assert result["msg"].startswith("MLflow runs, but its database does not answer through it: ")


def test_a_bucket_that_refuses_is_named(service):
    start_with("AWS_ACCESS_KEY_ID=unknown", "AWS_SECRET_ACCESS_KEY=unknown")
    result = unready()
    assert result["part"] == "artifact store"
    assert "its artifact store does not answer through it: it refuses the keys that MLflow has" in result["msg"]


def test_a_service_that_ends_again_and_again_is_not_waited_for(service):
    start_with("MLFLOW_UVICORN_OPTS=--no-such-option")
    result = unready()
    assert result["part"] == "service"
    assert "MLflow does not know the option --no-such-option" in result["msg"]
    assert result["journal"]

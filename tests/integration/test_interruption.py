# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run that was killed at any moment is mended by the next one.

The host ends as one clean run leaves it, and everything runs with what is written. MLOPS_KILLS says how many runs are
killed (2), MLOPS_SEED repeats the moments of an earlier session.
"""

from __future__ import annotations

import difflib
import os
import random
import time

import pytest
from ansible_collections.mlops.mlflow.tests.integration import lab, needles

KILLS = int(os.environ.get("MLOPS_KILLS", "2"))

# What each daemon has to be restarted or reloaded for
OTHERWISE = {
    "mlflow_workers": 1,
    "mlflow_environment": {"MLFLOW_LOGGING_LEVEL": "WARNING"},
    "mlflow_database_password": "another password",
    "postgresql_settings": {"log_min_duration_statement": "1s"},
    "proxy_gzip_comp_level": 6,
}


def kill(play, model, dice):
    """Kill a run at a random moment of a random task, and return that moment.

    A model, a run that ended, says which tasks take their time and how much.
    """
    lengths = {task: model.begins(task + 1) - model.begins(task) for task in range(model.changed[0], len(model.tasks))}
    number = dice.choice([task for task, length in lengths.items() if length > 0.1])
    delay = dice.uniform(0, lengths[number])
    name = next(name for task, (_, name) in enumerate(play.follow()) if task == number)
    time.sleep(delay)
    play.kill()
    return f"{name}, after {delay:.1f} s"


def differences(wanted):
    """Return what is not as one clean run left it, as a diff has it.

    Return also what runs with something else than what is written.
    """
    found = lab.program("state")
    changes = [
        line
        for line in difflib.unified_diff(wanted["state"], found["state"], n=0, lineterm="")
        if line[1:2] not in "-+"
    ]
    return "\n".join(changes + found["stale"] + [f"object {key} is left in the bucket" for key in lab.objects()])


@pytest.mark.parametrize("number", range((KILLS + 1) // 2))
def test_first_run_that_was_killed_is_mended_by_the_next(deployed, seed, number, capsys):
    lab.remake()
    moment = kill(lab.Play(), deployed.play, random.Random(f"{seed} first {number}"))
    with capsys.disabled():
        print(f"\nKilled a first run in: {moment} (MLOPS_SEED={seed})")
    lab.Play().finish()
    assert differences(deployed.state) == ""


@pytest.mark.parametrize("number", range(KILLS // 2))
def test_run_with_changes_that_was_killed_is_mended_by_the_next(deployed, seed, number, capsys):
    there = lab.Play(variables=OTHERWISE).finish()
    moment = kill(lab.Play(), there, random.Random(f"{seed} change {number}"))
    with capsys.disabled():
        print(f"\nKilled a run with changes in: {moment} (MLOPS_SEED={seed})")
    lab.Play().finish()
    assert differences(deployed.state) == ""


def test_run_that_was_killed_while_it_wrote_a_secret_leaves_it_nowhere_else(deployed, seed):
    password = f"password {seed}"
    play = lab.Play(variables={"mlflow_database_password": password})
    next(name for _, name in play.follow() if name.endswith("Write the credentials"))
    time.sleep(random.Random(seed).uniform(0, 1))
    play.kill()
    time.sleep(1)  # what has begun on the host goes on
    assert lab.program("search", needles.forms(password)).keys() <= {"/etc/mlflow/credentials/pgpass"}
    assert needles.on_controller(needles.forms(password)) == []
    lab.Play().finish()

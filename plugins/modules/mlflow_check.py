#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_check
short_description: Prove that MLflow works for the people who use it
version_added: 0.1.0
description:
  - Does what a user does with MLflow, inspects the result in the two stores without asking MLflow, and removes all of
    it for good.
  - Each O(part) runs where it belongs, V(client) on a host from which people use MLflow, V(store) and V(remove) as root
    on a host that runs MLflow. They end within seconds even if something is broken, and say what.
  - Experiments of the check are named C(mlops.mlflow verify PLACE TIME).
  - All except V(readiness) need the interpreter of an MLflow release, which C(ansible_python_interpreter) in the task's
    C(vars) selects.
author:
  - the authors (@mlops)
options:
  part:
    description:
      - V(readiness) asks whether MLflow, its database and its artifact store answer. It changes nothing and takes
        milliseconds.
      - V(client) creates an experiment, a run with parameters, metrics, a batch and tags, artifacts, a logged model and
        a version of a registered model; it searches and downloads all of it again and compares.
      - V(store) looks for the rows of RV(made) in the backend store and for the bytes of its files in the artifact
        store.
      - V(remove) deletes what V(client) has created at this O(place) in all runs, including failed ones, then what any
        other place left behind more than an hour ago, rows and objects, and makes sure that nothing is left.
    type: str
    choices: [readiness, client, store, remove]
    required: true
  tracking_uri:
    description: The URL at which people use MLflow. Required for V(readiness) and V(client).
    type: str
  ca_file:
    description: The CA that signed the certificate of O(tracking_uri), as C(MLFLOW_TRACKING_SERVER_CERT_PATH). By
      default, those of the system.
    type: path
  place:
    description: A word for the place where the check runs, such as the host's name. Required for V(client) and
      V(remove).
    type: str
  artifact_mb:
    description:
      - Size of the larger artifact in MiB. It goes to a bucket in parts of 8 MiB, and V(store) reads it as a whole and,
        from its middle, a range of a quarter of it.
    type: int
    default: 40
  timeout:
    description: Seconds after which a request without an answer counts as failed. MLflow's client does not retry here.
    type: int
    default: 10
  made:
    description: What V(client) returned as RV(made). Required for V(store).
    type: dict
  environment_file:
    description: The service's environment file, with C(MLFLOW_BACKEND_STORE_URI) and C(MLFLOW_ARTIFACTS_DESTINATION).
    type: path
    default: /opt/mlflow/current/mlflow.env
  credentials:
    description: The directory with C(pgpass) and C(aws), which systemd passes to MLflow.
    type: path
    default: /etc/mlflow/credentials
attributes:
  check_mode:
    support: partial
    details: Only V(readiness) runs.
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Ask whether MLflow, its database and its artifact store answer
  mlops.mlflow.mlflow_check:
    part: readiness
    tracking_uri: https://mlflow.example.com

- name: Do what a user does
  mlops.mlflow.mlflow_check:
    part: client
    place: "{{ inventory_hostname }}"
    tracking_uri: https://mlflow.example.com
  vars:
    ansible_python_interpreter: /opt/mlflow/current/bin/python
  register: __verify_client

- name: Look at the rows and objects
  mlops.mlflow.mlflow_check:
    part: store
    made: "{{ __verify_client.made }}"
  vars:
    ansible_python_interpreter: /opt/mlflow/current/bin/python
  delegate_to: mlflow-1
  become: true
"""

RETURN = r"""
seconds:
  description: How long each step took; also returned on failure.
  type: dict
  returned: always
  sample: {database: 0.02, artifact store: 0.01, import: 1.6, experiment: 0.04, log: 0.18, upload: 0.19, download: 0.2}
leg:
  description: The step that failed; C(msg) says what that means.
  type: str
  returned: failure
  sample: download
made:
  description: What V(client) created, for V(store).
  type: dict
  returned: success, with O(part=client)
  sample:
    name: mlops.mlflow verify web1 20261121T100211Z
    experiment_id: "1"
    run_id: e995d17743824a9980f1fd79f80dac7a
    params: {one: "1"}
    rows: {runs: 1, params: 1, metrics: 103}
    files:
      1/e995d17743824a9980f1fd79f80dac7a/artifacts/data/small.txt: >-
        81db8ebbbbc69c6c6ad4a6aa92b76e0c08af547da236b9e2c9dbe1d8285a8130
removed:
  description: The names of the experiments that V(remove) deleted, with everything in them.
  type: list
  elements: str
  returned: success, with O(part=remove)
  sample: [mlops.mlflow verify web1 20261121T100211Z]
"""

import contextlib
import io
import os
import re
import tempfile
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow import check_client, stores
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.front_door import FrontDoor
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.legs import LegError, Stopwatch, one_line, require

NAME = re.compile(r"mlops\.mlflow verify (?P<place>\S+) (?P<time>\d{8}T\d{6}Z)")
HOUR = 3600


def stamp(ago=0):
    """Return a time in UTC, so that later is greater."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - ago))


def says(sentence):
    """Return a function that explains an error of a store: the sentence, then the driver's own words."""
    return lambda error: f"{sentence}: {one_line(getattr(error, 'orig', None) or error)}"


def readiness(params, leg):
    """Ask whether all parts answer."""
    FrontDoor(params["tracking_uri"], params["ca_file"], params["timeout"]).ready(leg)
    return {}


def client(params, leg):
    """Do what a user does, in a folder of its own, silently."""
    door = FrontDoor(params["tracking_uri"], params["ca_file"], params["timeout"])
    os.environ.update(check_client.environment(params["tracking_uri"], params["ca_file"], params["timeout"]))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        check = check_client.Client(door, leg, Path(folder), params["artifact_mb"])
        return {"made": check.run(f"mlops.mlflow verify {params['place']} {stamp()}")}


def opened(params, leg):
    """Return the two stores that the service uses."""
    with leg("environment", says("What MLflow runs with cannot be read")):
        os.environ.update(stores.environment(params["environment_file"], params["credentials"], params["timeout"]))
    with leg("backend store", says("MLflow's host cannot use the database")):
        rows = stores.backend_store()
    with leg("artifact store", says("MLflow's host cannot use the artifact store")):
        return rows, stores.artifact_store(params["timeout"])


def store(params, leg):
    """Look for the rows and objects that a client made."""
    rows, objects = opened(params, leg)
    made = params["made"]
    with leg("rows", says("The rows of the run cannot be looked at in the database")):
        found = rows.count({made["experiment_id"]: made["name"]})
        for table, number in made["rows"].items():
            require(
                found.get(table, 0) == number,
                f"MLflow says the run is stored, but {rows.where} has {found.get(table, 0)} of its {number} rows "
                f"in {table}",
            )
        require(
            rows.params(made["experiment_id"], made["run_id"]) == made["params"],
            f"The run's parameters are not in {rows.where} as they were logged",
        )
    for path, wanted in made["files"].items():
        with leg("objects", says(f"MLflow says the artifact is stored, but {path} cannot be read in {objects.where}")):
            require(objects.digest(path) == wanted, f"The artifact {path} is in {objects.where}, but with other bytes")
    for path, (first, length, wanted) in made["ranges"].items():
        with leg(
            "ranges",
            says(f"MLflow says the artifact is stored, but a range of {path} cannot be read in {objects.where}"),
        ):
            require(
                objects.digest(path, first, length) == wanted,
                f"The artifact {path} is whole in {objects.where}, "
                f"but its bytes {first} to {first + length - 1}, asked for alone, are others",
            )
    return {}


def remove(params, leg):
    """Delete all that checks left, objects before the rows that lead to them."""
    rows, objects = opened(params, leg)
    mine = {}
    with leg("find", says("What checks left behind cannot be looked for in the database")):
        for experiment, name, root in rows.experiments():
            match = NAME.fullmatch(name)
            if match and (match["place"] == params["place"] or match["time"] < stamp(HOUR)):
                mine[experiment] = name, re.fullmatch(r"mlflow-artifacts:/+([\w/-]+)", root)
    with leg("remove objects", says(f"What the check uploaded cannot be removed from {objects.where}")):
        for folder in (root[1] for _name, root in mine.values() if root):
            objects.remove(folder)
            require(
                not objects.count(folder),
                f"What the check uploaded could not all be removed from {folder} in {objects.where}",
            )
    names = {experiment: name for experiment, (name, _root) in mine.items()}
    with leg("remove rows", says(f"What the check logged cannot be removed from {rows.where}")):
        rows.remove(names)
        left = rows.count(names)
        require(not left, f"What the check logged could not all be removed from {rows.where}: {left} are left")
    return {"removed": sorted(names.values())}


PARTS = {"readiness": readiness, "client": client, "store": store, "remove": remove}


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "part": {"type": "str", "choices": list(PARTS), "required": True},
            "tracking_uri": {"type": "str"},
            "ca_file": {"type": "path"},
            "place": {"type": "str"},
            "artifact_mb": {"type": "int", "default": 40},
            "timeout": {"type": "int", "default": 10},
            "made": {"type": "dict"},
            "environment_file": {"type": "path", "default": "/opt/mlflow/current/mlflow.env"},
            "credentials": {"type": "path", "default": "/etc/mlflow/credentials"},
        },
        required_if=[
            ("part", "readiness", ["tracking_uri"]),
            ("part", "client", ["tracking_uri", "place"]),
            ("part", "store", ["made"]),
            ("part", "remove", ["place"]),
        ],
        supports_check_mode=True,
    )
    if module.check_mode and module.params["part"] != "readiness":
        module.exit_json(skipped=True, msg="A check makes and removes things, so check mode leaves it out.")
    leg = Stopwatch()
    try:
        result = PARTS[module.params["part"]](module.params, leg)
    except LegError as error:
        if module.check_mode:
            module.warn(f"The dry run goes on, although this fails now: {error}")
            module.exit_json(changed=False, seconds=leg.seconds)
        module.fail_json(msg=str(error), leg=leg.leg, seconds=leg.seconds)
    module.exit_json(changed=False, seconds=leg.seconds, **result)


if __name__ == "__main__":
    main()

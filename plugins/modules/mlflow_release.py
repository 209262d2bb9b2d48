#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_release
short_description: Find out whether a release of MLflow is installed and intact
version_added: 0.1.0
description:
  - Compares the files of a release with the manifest that was written when its installation was complete (24 000 files
    take 0.3 s of processor time). A file's content is read only where its status has changed since.
  - A damaged release is not repaired in place, because the service may run from it. It is replaced in another
    directory, O(path) with C(-b) appended, or in O(path) again if that one is damaged in turn. What is already there is
    removed, but never the release that O(current) links to.
author:
  - the authors (@mlops)
options:
  path:
    description: Directory of the release, or a link to it. The other directory does not count where this is a link.
    type: path
    required: true
  current:
    description: The link to the release that the service runs from.
    type: path
    required: true
  state:
    description:
      - V(observed) finds the intact release, or the directory to install it to.
      - V(complete) writes the manifest and C(release.json) to O(path), which is now installed. The latter has the
        version, the name of the release and the revision of the schema that it brings a database to.
    type: str
    choices: [observed, complete]
    default: observed
  version:
    description: Version of MLflow, for C(release.json). Required with O(state=complete).
    type: str
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Look for the release
  mlops.mlflow.mlflow_release:
    path: /opt/mlflow/releases/3.17.2-1a2b3c4d
    current: /opt/mlflow/current
  register: __mlflow_installed
"""

RETURN = r"""
path:
  description: The directory of the intact release, or the directory to install it to.
  type: str
  returned: success
  sample: /opt/mlflow/releases/3.17.2-1a2b3c4d
current:
  description: The directory that O(current) leads to; empty if it leads to none.
  type: str
  returned: success
  sample: /opt/mlflow/releases/3.16.0-5e6f7a8b
stat:
  description: What M(ansible.builtin.stat) would return for the C(release.json) of an intact release.
  type: dict
  returned: success
  sample: {exists: true}
schema:
  description: The revision of the schema that the release brings a database to; empty if that is not known.
  type: str
  returned: success
  sample: dc11669786a5
damage:
  description: What is missing, changed or added in the existing release, at most 20 lines.
  type: list
  elements: str
  returned: success
  sample: ["lib/python3.13/site-packages/mlflow/version.py: missing"]
"""

import itertools
import json
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.manifest import differences, note
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.schema import revisions

COMPLETE = "release.json"
MANIFEST = "manifest.json"
LEFT_OUT = (COMPLETE, MANIFEST)
MOST = 20


def damage(place):
    """Return what is wrong with a release whose installation was complete."""
    try:
        manifest = json.loads((place / MANIFEST).read_text())
    except (OSError, ValueError):
        return [f"{MANIFEST}: missing or damaged"]
    return list(itertools.islice(differences(place, manifest, LEFT_OUT), MOST))


def remove(place):
    """Remove a release; nobody finds one that is removed by half."""
    doomed = place.with_name(f"{place.name}.removed")
    shutil.rmtree(doomed, ignore_errors=True)
    place.rename(doomed)
    shutil.rmtree(doomed)


def observed(path, current, check):
    """Return the place of the release, whether it is intact there, and what is wrong with one that was."""
    places = [path.resolve()] if path.is_symlink() else [path, path.with_name(f"{path.name}-b")]
    places.sort(key=lambda place: place != current)
    wrong = {}
    for place in places:
        if (place / COMPLETE).is_file():
            wrong[place] = damage(place)
            if not wrong[place]:
                return place, True, list(itertools.chain(*wrong.values())) if place != places[0] else []
    free = next((place for place in sorted(places) if place != current), path)
    if free in wrong and not check:
        remove(free)
    return free, False, next(iter(wrong.values()), [])


def complete(path, version):
    """Write down what the release consists of, then that it is complete; return that, with its schema."""
    head, _known = revisions(next(path.glob("lib/python3*/site-packages/mlflow")))
    about = {"mlflow": version, "release": path.name, "schema": head}
    for name, written in (
        (MANIFEST, json.dumps(note(path, LEFT_OUT))),
        (COMPLETE, json.dumps(about, indent=4) + "\n"),
    ):
        new = path / f".{name}.new"
        new.write_text(written)
        new.chmod(0o600 if name == MANIFEST else 0o644)
        new.replace(path / name)
    return about


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "current": {"type": "path", "required": True},
            "state": {"type": "str", "choices": ["observed", "complete"], "default": "observed"},
            "version": {"type": "str"},
        },
        required_if=[("state", "complete", ["version"])],
        supports_check_mode=True,
    )
    path, current = Path(module.params["path"]), Path(module.params["current"]).resolve()
    result = {"current": str(current) if current.is_dir() else ""}
    if module.params["state"] == "complete":
        about = complete(path, module.params["version"]) if not module.check_mode else {"schema": ""}
        result |= {"path": str(path), "stat": {"exists": True}, "damage": [], "schema": about["schema"]}
        module.exit_json(changed=True, **result)
    place, intact, wrong = observed(path, current, module.check_mode)
    replaced = bool(wrong) and not intact
    if replaced:
        result["diff"] = {
            "before_header": "damaged release",
            "after_header": str(place),
            "before": "".join(f"{line}\n" for line in wrong),
            "after": "",
        }
    result["schema"] = json.loads((place / COMPLETE).read_text()).get("schema", "") if intact else ""
    module.exit_json(changed=replaced, path=str(place), stat={"exists": intact}, damage=wrong, **result)


if __name__ == "__main__":
    main()

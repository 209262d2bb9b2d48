# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wrong inventories end in one sentence before anything has changed.

The real preflight.yml runs on real machines, each time with all the mistakes of refusals/cases.yml that a run reports.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).with_name("refusals")
HOSTS = HERE / "hosts.yml"
CASES = {case.pop("wrong"): case for case in yaml.safe_load((HERE / "cases.yml").read_text())}
SECRET = "planted-secret"
AT_ONCE = 2
PLACE = ("judged", "machine", "inventory", "limit")  # what the cases of a run have in common


@dataclass
class Run:
    """What a playbook ended with."""

    failed: bool
    output: str = field(repr=False)

    @property
    def sentences(self):
        """Return what failed hosts were told."""
        found = re.finditer(r"^fatal: .*? => (?=\{)", self.output, re.MULTILINE)
        return {json.JSONDecoder().raw_decode(self.output, each.end())[0]["msg"] for each in found}

    @property
    def plays(self):
        return re.findall(r"^PLAY \[(.*)\]", self.output, re.MULTILINE)

    @property
    def changed(self):
        return sum(map(int, re.findall(r" changed=(\d+)", self.output)))


def play(playbook, *inventories, options=()):
    """Run a playbook as talkative as can be."""
    command = ["ansible-playbook", "-vvv", playbook, *options, *(f"--inventory={path}" for path in inventories)]
    environment = os.environ | {"ANSIBLE_NOCOLOR": "true", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=300,
    )
    return Run(done.returncode != 0, done.stdout)


def overlay(path, variables, more):
    """Write what is laid over the good inventory."""
    path.write_text(yaml.safe_dump({"all": {"vars": variables}} | more))
    return path


def variables(case):
    """Return the names of the variables that a case sets or whose values its sentence depends on."""
    return {*case.get("vars", {}), *case.get("reads", [])}


def together(case, other):
    """Return whether one run tells the mistakes of both cases: they are judged at once and share no variable."""
    shared = any(one.get("vars", {}).keys() & variables(two) for one, two in ((case, other), (other, case)))
    same_place = all(case.get(key) == other.get(key) for key in PLACE)
    return same_place and not (shared or case.get("alone") or other.get("alone"))


def packed():
    """Return as few lists of cases as can be, each for one run."""
    packs = []
    for wrong, case in CASES.items():
        pack = next((pack for pack in packs if all(together(case, CASES[other]) for other in pack)), None)
        if pack is None:
            packs.append(pack := [])
        pack.append(wrong)
    return packs


def run(hosts, pack, path):
    """Run preflight with the mistakes of a pack."""
    case = CASES[pack[0]]
    laid_over = {name: value for wrong in pack for name, value in CASES[wrong].get("vars", {}).items()}
    more = dict(case.get("inventory", {}))
    if "machine" in case:
        more["mlflow"] = {
            "hosts": {"mlflow-1": {"ansible_host": f"{{{{ hostvars['{case['machine']}'].ansible_host }}}}"}}
        }
    options = [f"--limit={case['limit']}"] if "limit" in case else []
    return play("playbooks/preflight.yml", hosts, overlay(path, laid_over, more), options=options)


@pytest.fixture(scope="session")
def machines():
    """Have the machines of hosts.yml, with something wrong on some of them."""
    sandbox = ["bin/sandbox", "{}", f"-i{HOSTS}"]
    try:
        subprocess.run([word.format("start") for word in sandbox], cwd=ROOT, check=True)
        broken = play(HERE / "break.yml", HOSTS)
        assert not broken.failed, broken.sentences
        yield HOSTS
    finally:
        subprocess.run([word.format("stop") for word in sandbox], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def runs(request, machines, tmp_path_factory):
    """Return the run of each case that is asked for; they begin now."""
    directory = tmp_path_factory.mktemp("overlays")
    wanted = {
        item.callspec.params["wrong"] for item in request.session.items if "wrong" in getattr(item, "fixturenames", [])
    }
    packs = [pack for pack in packed() if wanted & set(pack)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        began = [
            (pack, pool.submit(run, machines, pack, directory / f"{number}.yml")) for number, pack in enumerate(packs)
        ]
        yield {wrong: (pack, future) for pack, future in began for wrong in pack}
        pool.shutdown(cancel_futures=True)


def patterns(wrong):
    """Return what the lines of a case look like."""
    lines = CASES[wrong]["sentence"].splitlines()
    return [re.compile(".*".join(map(re.escape, line.split("…")))) for line in lines]


@pytest.mark.parametrize("wrong", CASES)
def test_is_refused_in_one_sentence_before_anything_changes(wrong, runs):
    pack, future = runs[wrong]
    result = future.result()
    assert result.failed
    assert len(result.sentences) == 1, result.output[-2000:]
    lines = next(iter(result.sentences)).splitlines()
    assert [each.pattern for each in patterns(wrong) if not any(map(each.fullmatch, lines))] == [], lines
    expected = [each for other in pack for each in patterns(other)]
    assert [line for line in lines if not any(each.fullmatch(line) for each in expected)] == []
    assert result.changed == 0
    assert SECRET not in result.output


def test_nothing_follows_a_refusal(machines, tmp_path):
    result = play("site.yml", machines, overlay(tmp_path / "overlay.yml", {"mlflow_database_password": ""}, {}))
    assert (result.failed, result.plays[-1], result.changed) == (True, "Refuse what hosts cannot run", 0)


def test_a_good_inventory_passes(machines):
    result = play("playbooks/preflight.yml", machines)
    assert (result.failed, result.sentences, result.changed) == (False, set(), 0)
    assert SECRET not in result.output


def test_what_cannot_be_resolved_leaves_no_lock(runs):
    assert all(future.result() for _, future in runs.values())
    assert list(HERE.glob("*.txt")) == []


@pytest.fixture
def elsewhere(machines, tmp_path):
    """Return a copy of the good inventory in a directory of its own."""
    (tmp_path / "hosts.yml").write_text(machines.read_text())
    state = ROOT / ".sandbox" / yaml.safe_load(machines.read_text())["all"]["vars"]["sandbox_name"]
    overlay(tmp_path / "state.yml", {"sandbox_state": str(state)}, {})
    return tmp_path


def test_a_misspelt_group_is_not_an_empty_success(elsewhere):
    hosts = elsewhere / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("\nmlflow:\n", "\nmlfow:\n"))
    result = play("site.yml", elsewhere)
    assert (result.failed, result.changed) == (True, 0)
    assert result.sentences == {"the group mlflow has no hosts; add the hosts that are to run MLflow"}


@pytest.mark.parametrize("hosts", ["", "all:\n  hosts:\n"])
def test_an_inventory_without_hosts_is_not_an_empty_success(tmp_path, hosts):
    (tmp_path / "hosts.yml").write_text(hosts)
    result = play("site.yml", tmp_path)
    assert (result.failed, result.changed) == (True, 0)
    assert result.sentences == {"the group mlflow has no hosts; add the hosts that are to run MLflow"}


def test_dry_run_of_a_release_without_a_lock_ends_well_and_resolves_nothing(elsewhere):
    overlay(elsewhere / "release.yml", {"mlflow_version": "3.16.0"}, {})
    result = play("site.yml", elsewhere, options=["--check", "--diff"])
    assert (result.failed, result.sentences) == (False, set())
    assert "A dry run does not resolve the packages of MLflow 3.16.0" in result.output
    assert list(elsewhere.glob("mlflow-*")) == []


def test_another_release_is_locked_once(elsewhere):
    overlay(elsewhere / "release.yml", {"mlflow_version": "3.16.0"}, {})
    first, second = (play("playbooks/preflight.yml", elsewhere) for _ in range(2))
    (lock,) = elsewhere.glob("mlflow-3.16.0-*.txt")
    assert (first.failed, first.changed, second.failed, second.changed) == (False, 1, False, 0)
    assert re.search(r"^mlflow==3\.16\.0 .*\n +--hash=sha256:", lock.read_text(), re.MULTILINE)
    assert str(ROOT) not in lock.read_text()

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import droplet, project

from .conftest import requests, writes

OURS = {"name": "mlflow", "purpose": "Tracking", "environment": "Production"}


@pytest.fixture
def present(run):
    return lambda **args: run(project, **(OURS | args))


@pytest.fixture
def urns(run, cloud):
    """Make two droplets and return their URNs."""
    made = run(droplet, names=["web", "db"], region="fra1", size="s-1vcpu-1gb", image="debian-12-x64")["droplets"]
    cloud.wait_until_idle()
    return [each["urn"] for each in made]


def kept(cloud):
    (found,) = cloud.store.all("project", name="mlflow")
    return found


def test_name_is_required(run):
    assert "missing required arguments: name" in run(project)["msg"]


def test_purpose_is_needed_to_create(run):
    assert "give purpose to create it" in run(project, name="mlflow")["msg"]


def test_project_that_is_missing_would_be_created_by_check_mode(cloud, present):
    result = present(check=True)
    assert result["changed"]
    assert result["project"]["purpose"] == "Tracking"
    assert writes(cloud) == []


def test_project_is_created_and_a_second_run_looks_once_and_changes_nothing(cloud, present):
    first, seen = present(), len(requests(cloud))
    second = present()
    assert first["changed"]
    assert not second["changed"]
    assert first["project"] == second["project"]
    assert len(requests(cloud)) == seen + 1


@pytest.mark.parametrize(
    ("option", "value"),
    [("purpose", "Else"), ("description", "Ours"), ("environment", "Staging"), ("is_default", True)],
)
def test_what_differs_is_changed_and_the_rest_stays(cloud, present, run, option, value):
    present(description="Words")
    before = writes(cloud)
    assert run(project, name="mlflow", **{option: value}, check=True)["changed"]
    assert writes(cloud) == before
    assert run(project, name="mlflow", **{option: value})["changed"]
    assert not run(project, name="mlflow", **{option: value})["changed"]
    expected = OURS | {"description": "Words", "is_default": False, option: value}
    expected["purpose"] = f"Other: {expected['purpose']}"  # as the cloud stores one that is not on its list
    assert expected.items() <= kept(cloud).items()


def test_purpose_that_another_hand_changed_is_repaired(cloud, present):
    present()
    cloud.store.change("project", kept(cloud)["id"], purpose="Theirs")
    result = present()
    assert result["diff"]["before"]["project"]["purpose"] == "Theirs"
    assert kept(cloud)["purpose"] == "Other: Tracking"


def test_default_cannot_be_taken_away(present):
    present(is_default=True)
    assert "make another project the default" in present(is_default=False)["msg"]


def test_only_missing_resources_are_assigned_and_others_stay(cloud, present, urns):
    present(resources=urns[:1])
    before = len(writes(cloud))
    result = present(resources=urns[1:])
    assert result["project"]["resources"] == urns[1:]
    assert len(writes(cloud)) == before + 1
    seen = len(requests(cloud))
    assert not present(resources=urns)["changed"]
    assert len(requests(cloud)) == seen + 2


def test_resources_would_be_assigned_by_check_mode(cloud, present, urns):
    present()
    before = writes(cloud)
    result = present(resources=urns, check=True)
    assert result["changed"]
    assert result["project"]["resources"] == sorted(urns)
    assert writes(cloud) == before


def test_resource_that_another_hand_moved_away_is_put_back(cloud, present, urns):
    present(resources=urns)
    cloud.store.remove("assignment", urns[0])
    assert present(resources=urns)["changed"]
    assert not present(resources=urns)["changed"]


def test_more_than_ten_resources_are_one_request(cloud, present):
    buckets = [f"do:space:bucket-{number}" for number in range(12)]
    present(resources=buckets)
    assert not present(resources=buckets)["changed"]
    assert len([line for line in writes(cloud) if "/resources" in line]) == 1


def test_answer_that_contains_a_failure_is_an_error(present, urns):
    message = present(resources=[urns[0], "do:droplet:4711"])["msg"]
    assert "did not put do:droplet:4711 (not_found) into it" in message


def test_what_is_no_urn_is_refused(present):
    assert (
        "web in resources is not a URN; use a value such as do:droplet:300000001" in present(resources=["web"])["msg"]
    )


def test_two_of_a_name_are_an_error_that_lists_them(cloud, present):
    present()
    twin = "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679"
    cloud.store.put("project", twin, kept(cloud) | {"id": twin})
    assert "there are 2 of that name" in present()["msg"]


def test_project_is_found_on_the_second_page(cloud, present):
    present()
    made = kept(cloud)
    cloud.store.remove("project", made["id"])
    for number in range(200):
        cloud.store.put("project", number, made | {"name": f"other-{number}"})
    cloud.store.put("project", made["id"], made)
    assert not present()["changed"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("call", ["GET ", "POST projects$", "PATCH ", "POST /resources"])
def test_one_failure_makes_one_project(cloud, present, kind, call):
    method, path = call.split(" ")
    cloud.faults.add(kind=kind, method=method, path=path, retry_after=1)
    assert present(is_default=True, resources=["do:space:one"])["changed"]
    assert not present(is_default=True, resources=["do:space:one"])["changed"]
    assert kept(cloud)["is_default"]


def test_project_is_removed_once(cloud, present):
    present()
    before = writes(cloud)
    assert present(state="absent", check=True)["changed"]
    assert writes(cloud) == before
    assert present(state="absent")["changed"]
    assert not present(state="absent")["changed"]


def test_project_with_resources_is_not_removed_and_they_are_named(cloud, present, urns):
    present(resources=urns)
    sentence = (
        f"project mlflow cannot be deleted: it still has {urns[0]}, {urns[1]}; "
        "delete these or move them to another project first"
    )
    assert sentence in present(state="absent", wait=False)["msg"]
    assert sentence in present(state="absent")["msg"]
    assert kept(cloud)


def test_default_project_is_not_even_tried_to_delete(cloud, present):
    present(is_default=True)
    before = writes(cloud)
    assert "is the default project" in present(state="absent")["msg"]
    assert writes(cloud) == before


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
def test_one_failure_does_not_stop_the_removal(cloud, present, kind):
    present()
    cloud.faults.add(kind=kind, method="DELETE", retry_after=1)
    assert present(state="absent")["changed"]
    assert not present(state="absent")["changed"]

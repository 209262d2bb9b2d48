# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What mlflow_check finds in the stores and removes from them, against a real file store and a directory."""

from __future__ import annotations

import hashlib
import os
from unittest.mock import Mock

import pytest
from ansible_collections.mlops.mlflow.plugins.filter.systemd_environment import systemd_environment
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow import stores
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.check_artifacts import Artifacts
from ansible_collections.mlops.mlflow.plugins.modules import mlflow_check
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Keep what a part sets in the environment to its test."""
    monkeypatch.setattr(os, "environ", os.environ.copy())


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_]{1,9}", fullmatch=True), st.text(st.characters(exclude_categories=["Cc", "Cs"]))
    )
)
def test_environment_file_is_read_as_it_was_written(tmp_path_factory, variables):
    file = tmp_path_factory.mktemp("environment") / "mlflow.env"
    file.write_text("# comment\n; comment\n\n" + systemd_environment(variables), encoding="utf-8")
    assert stores.environment(file, "/nowhere", 10) == {"PGCONNECT_TIMEOUT": "10"} | variables


def test_environment_file_written_by_hand_is_read_as_systemd_reads_it(tmp_path):
    (tmp_path / "mlflow.env").write_text('A=plain\nB=\'it $is\'\nC=back\\\\slash\n D = "a\\"b" \n')
    (tmp_path / "pgpass").touch()
    assert stores.environment(tmp_path / "mlflow.env", tmp_path, 10) == {
        "PGCONNECT_TIMEOUT": "10",
        "PGPASSFILE": f"{tmp_path}/pgpass",
        "A": "plain",
        "B": "it $is",
        "C": "back\\slash",
        "D": 'a"b',
    }


def stored(root, place, age=0):
    """Store one experiment with a run, a parameter, an artifact and a registered model, as a file store has them."""
    identity = str(len(list(root.glob("rows/[0-9]*"))) + 1)
    name = f"mlops.mlflow verify {place} {mlflow_check.stamp(age)}"
    files = {
        f"rows/{identity}/meta.yaml": (
            f"experiment_id: '{identity}'\nname: {name}\nartifact_location: mlflow-artifacts:/{identity}\n"
        ),
        f"rows/{identity}/run/meta.yaml": "",
        f"rows/{identity}/run/params/one": "1",
        f"rows/{identity}/run/metrics/batch/000": "1 0.5 0\n2 0.6 1\n",
        f"rows/models/{name}/meta.yaml": "",
        f"objects/{identity}/run/artifacts/small.txt": "small",
    }
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return {
        "name": name,
        "experiment_id": identity,
        "run_id": "run",
        "params": {"one": "1"},
        "rows": {"runs": 1, "params": 1, "latest_metrics": 1, "metrics": 2, "registered_models": 1},
        "files": {f"{identity}/run/artifacts/small.txt": hashlib.sha256(b"small").hexdigest()},
        "ranges": {f"{identity}/run/artifacts/small.txt": [1, 3, hashlib.sha256(b"mal").hexdigest()]},
    }


def files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.fixture
def host(run, tmp_path):
    """Return a function that runs a part on the host of MLflow, whose stores are in `stores`."""
    (tmp_path / "stores").mkdir()
    (tmp_path / "mlflow.env").write_text(
        f"MLFLOW_BACKEND_STORE_URI={tmp_path}/stores/rows\nMLFLOW_ARTIFACTS_DESTINATION={tmp_path}/stores/objects\n"
    )

    def call(**args):
        return run(mlflow_check, environment_file=f"{tmp_path}/mlflow.env", **args)

    call.stores = tmp_path / "stores"
    return call


def test_what_the_client_made_is_found_in_the_stores(host):
    result = host(part="store", made=stored(host.stores, "web1"))
    assert result["changed"] is False
    assert {"rows", "objects"} <= result["seconds"].keys()


@pytest.mark.parametrize(
    ("path", "content", "leg", "sentence"),
    [
        (
            "rows/1/run/params/one",
            None,
            "rows",
            "MLflow says the run is stored, but {0}/rows has 0 of its 1 rows in params",
        ),
        ("rows/1/run/params/one", "2", "rows", "The run's parameters are not in {0}/rows as they were logged"),
        (
            "rows/1/run/metrics/batch/000",
            "1 0.5 0\n",
            "rows",
            "MLflow says the run is stored, but {0}/rows has 1 of its 2 rows in metrics",
        ),
        (
            "objects/1/run/artifacts/small.txt",
            "tiny!",
            "objects",
            "The artifact 1/run/artifacts/small.txt is in {0}/objects, but with other bytes",
        ),
        (
            "objects/1/run/artifacts/small.txt",
            None,
            "objects",
            "MLflow says the artifact is stored, but 1/run/artifacts/small.txt cannot be read in {0}/objects: ",
        ),
    ],
)
def test_what_is_not_in_the_stores_is_told(host, path, content, leg, sentence):
    made = stored(host.stores, "web1")
    if content is None:
        (host.stores / path).unlink()
    else:
        (host.stores / path).write_text(content)
    result = host(part="store", made=made)
    assert result["leg"] == leg
    assert result["msg"].startswith(sentence.format(host.stores))


def test_a_store_that_gives_other_bytes_for_a_range_is_told(host, monkeypatch):
    """A store that seeks wrongly, as the sandbox's first one did in large objects."""
    made, rightly = stored(host.stores, "web1"), stores.Directory.digest
    monkeypatch.setattr(
        stores.Directory,
        "digest",
        lambda store, path, first=0, length=None: rightly(store, path, first and first + 1, length),
    )
    result = host(part="store", made=made)
    assert result["leg"] == "ranges"
    assert result["msg"].endswith("but its bytes 1 to 3, asked for alone, are others")


def test_large_artifacts_are_compared_in_a_range_of_their_middle_too(tmp_path):
    made, content = {"run_id": "run", "files": {}, "ranges": {}}, os.urandom(1 << 20)
    artifacts = Artifacts(None, Mock(), made, tmp_path, 1)
    artifacts.root = "1/run/artifacts"
    artifacts.put("large.bin", content)
    artifacts.put("small.txt", b"small")
    (path, (first, length, wanted)) = made["ranges"].popitem()
    assert path == "1/run/artifacts/data/large.bin"
    assert made["ranges"] == {}
    assert 0 < first < len(content) // 2 < first + length < len(content)
    assert hashlib.sha256(content[first : first + length]).hexdigest() == wanted


def test_ranges_of_objects_in_a_bucket_are_read(monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    content = os.urandom(100_000)
    with mock_aws():
        store = stores.Bucket("s3://artifacts/prefix", 10)
        store.bucket.create()
        store.bucket.put_object(Key="prefix/1/large.bin", Body=content)
        assert store.digest("1/large.bin") == hashlib.sha256(content).hexdigest()
        assert store.digest("1/large.bin", 12_345, 54_321) == hashlib.sha256(content[12_345:66_666]).hexdigest()


def test_all_checks_of_this_place_are_removed_for_good(host):
    names = [stored(host.stores, "web1")["name"], stored(host.stores, "web1", age=99)["name"]]
    assert host(part="remove", place="web1")["removed"] == sorted(names)
    assert files(host.stores) == []
    assert host(part="remove", place="web1")["removed"] == []


def test_checks_of_other_places_are_left_alone_for_an_hour(host):
    stored(host.stores, "web2")
    before = files(host.stores)
    old = stored(host.stores, "web3", age=3700)["name"]
    assert host(part="remove", place="web1")["removed"] == [old]
    assert files(host.stores) == before


def test_experiment_of_a_user_is_never_removed(host):
    stored(host.stores, "web1 is my hobby", age=9999)
    before = files(host.stores)
    assert host(part="remove", place="web1")["removed"] == []
    assert files(host.stores) == before


@pytest.mark.parametrize("root", ["mlflow-artifacts:/", "mlflow-artifacts:/../rows", "/etc", "s3://bucket/1"])
def test_nothing_but_the_folder_of_the_experiment_is_removed(host, root):
    stored(host.stores, "web1")
    meta = host.stores / "rows/1/meta.yaml"
    meta.write_text(meta.read_text().replace("mlflow-artifacts:/1", root))
    host(part="remove", place="web1")
    assert files(host.stores) == ["objects/1/run/artifacts/small.txt"]


def test_missing_environment_file_is_told(host):
    (host.stores.parent / "mlflow.env").unlink()
    assert host(part="remove", place="web1")["msg"].startswith(
        "What MLflow runs with cannot be read: [Errno 2] No such file or directory"
    )


@pytest.mark.parametrize("part", ["client", "store", "remove"])
def test_check_mode_makes_and_removes_nothing(host, part):
    made = stored(host.stores, "web1")
    before = files(host.stores)
    assert (
        host(part=part, place="web1", made=made, tracking_uri="http://mlflow.invalid", _ansible_check_mode=True)[
            "skipped"
        ]
        is True
    )
    assert files(host.stores) == before

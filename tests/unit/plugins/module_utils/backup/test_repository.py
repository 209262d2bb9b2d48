# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sentences for what restic says; the texts are of restic 0.14.0 and 0.18.0 against a real Ceph and a directory."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.repository import Repository
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

WHERE = "Is there a repository at the following location?\ns3:https://store.example/b"


@pytest.fixture
def repository():
    return Repository(
        {
            "repository": "s3:https://store.example/b",
            "name": "mlflow",
            "password": "x",
            "environment": {},
            "keep": {},
            "check_percent": 5,
            "ca": "",
            "cache": "/var/cache/mlflow-backup",
        }
    )


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Fatal: wrong password or no key found", "backup_password: it does not open the repository"),
        (
            (
                "Fatal: unable to open config file: Stat: The specified bucket does not exist.\n"
                "Is there a repository at the following location?\ns3:https://store.example/b"
            ),
            "backup_repository: the bucket of s3:https://store.example/b does not exist",
        ),
        (
            "Fatal: unable to open config file: Stat: Access Denied.\n" + WHERE,
            "backup_environment: the keys do not open s3:https://store.example/b",
        ),
        (
            "Fatal: unable to open config file: Stat: Get https://x: x509: certificate signed by unknown authority",
            "backup_ca: TLS to s3:https://store.example/b fails",
        ),
        (
            (
                "Fatal: unable to open config file: stat /srv/b/config: no such file or directory\n"
                "Is there a repository at the following location?"
            ),
            "backup_repository: there is no repository at s3:https://store.example/b; run site.yml",
        ),
        ("Fatal: disk full", "backup_repository: s3:https://store.example/b fails (Fatal: disk full)"),
    ],
)
def test_what_restic_says_becomes_a_sentence(repository, said, sentence):
    assert str(repository.error(said)).startswith(sentence)


@pytest.mark.parametrize(("said", "created"), [("", False), (WHERE, True)])
def test_repository_is_created_only_where_there_is_none(repository, monkeypatch, said, created):
    asked = []

    def restic(*arguments, **_options):
        asked.append(arguments[0])
        if arguments[0] == "cat" and said:
            raise repository.error(said)

    monkeypatch.setattr(repository, "restic", restic)
    assert repository.create() is created
    assert asked == ["cat", "init"][: 1 + created]


def test_repository_that_does_not_open_is_not_created_anew(repository, monkeypatch):
    def restic(*_arguments, **_options):
        raise repository.error("Fatal: wrong password or no key found")

    monkeypatch.setattr(repository, "restic", restic)
    with pytest.raises(Refused, match="backup_password: it does not open"):
        repository.create()

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the environment of the role mlflow makes MLflow's clients of other services do."""

from __future__ import annotations

import re
from types import SimpleNamespace

import boto3
import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from botocore.awsrequest import AWSResponse


@pytest.fixture
def environment(root):
    """Return the variables of AWS that the role's template sets to its own variables, by default."""
    role = root / "roles/mlflow"
    defaults = yaml.safe_load((role / "defaults/main.yml").read_text())
    lines = re.findall(
        r"^(AWS_\w+)=\{\{ (mlflow_s3_\w+) \}\}$", (role / "templates/mlflow.env.j2").read_text(), re.MULTILINE
    )
    templar = Templar(
        DataLoader(),
        variables={
            name: trust_as_template(value) if isinstance(value, str) else value for name, value in defaults.items()
        },
    )
    return {name: templar.template(trust_as_template(f"{{{{ {variable} }}}}")) for name, variable in lines}


def test_objects_are_sent_without_checksums_that_only_amazon_is_sure_to_know(environment, monkeypatch, tmp_path):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    sent = []

    def answer(request, **_context):
        sent.append({name.lower() for name in request.headers})
        return AWSResponse(request.url, 200, {}, SimpleNamespace(stream=lambda: [b""]))

    client = boto3.client(
        "s3", endpoint_url="https://store.invalid", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    client.meta.events.register("before-send.s3", answer)
    (tmp_path / "file").write_bytes(b"content")
    client.upload_file(str(tmp_path / "file"), "bucket", "file")
    assert len(sent) == 1
    assert not [name for name in sent[0] if name.startswith(("x-amz-checksum", "x-amz-trailer", "x-amz-sdk-checksum"))]

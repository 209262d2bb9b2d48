# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What cloud-init is given; that it does it is shown by tests/integration/cloud/test_droplets.py."""

from __future__ import annotations

import io
import tarfile

import yaml
from ansible_collections.mlops.mlflow.sandbox.cloud.real import first_boot

DROPLET = {
    "id": 300000001,
    "name": "web-1",
    "_keys": ["ssh-ed25519 AAAA me"],
    "_user_data": "#cloud-config\npackages: [café]\n",
}


def seed(seconds=0.0):
    with tarfile.open(fileobj=io.BytesIO(first_boot.seed(DROPLET, seconds))) as archive:
        return {name.rpartition("/")[2]: archive.extractfile(name).read().decode() for name in archive.getnames()}


def test_cloud_init_is_given_name_keys_and_user_data_as_they_are():
    files = seed()
    assert yaml.safe_load(files["meta-data"]) == {
        "instance-id": "300000001",
        "local-hostname": "web-1",
        "public-keys": ["ssh-ed25519 AAAA me"],
    }
    assert files["user-data"] == DROPLET["_user_data"]


def test_cloud_s_own_script_holds_apt_for_as_long_as_it_is_told():
    for seconds in (0.0, 20.0):
        script = seed(seconds)["vendor-data"]
        compile(script, "vendor-data", "exec")
        assert f"time.sleep({seconds})" in script

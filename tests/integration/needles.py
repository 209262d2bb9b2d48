# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The secrets of inventory/ and how to find them, wherever they are."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import yaml
from ansible_collections.mlops.mlflow.tests.integration import lab


def secrets():
    """Return a part of each secret that is as unique as the whole and survives quoting and escaping."""
    text = (lab.INVENTORY / "group_vars/all/mlflow.yml").read_text()
    password, passphrase = re.findall(r"\bplanted[A-Za-z0-9]+", text)
    whole = yaml.safe_load(text.replace("!unsafe", ""))["mlflow_database_password"]
    return {
        "password of the database": password,
        "password of the owner": sha256(f"{whole}/owner".encode()).hexdigest(),
        "passphrase": passphrase,
        "key of the bucket": yaml.safe_load((lab.STATE / "s3.yml").read_text())["secret_key"],
        "key of the certificate": (lab.STATE / "mlflow-1.key").read_text().splitlines()[2],
    }


def forms(*those):
    """Return secrets as they are, percent-encoded, in hexadecimal, and in base64 wherever they begin in it."""
    return list(
        dict.fromkeys(
            form
            for secret in those
            for form in (secret, quote(secret, safe=""), secret.encode().hex(), *inside_base64(secret.encode()))
        )
    )


def on_controller(those):
    """Return the files of Ansible on the controller that hold one of those.

    os.walk passes over directories that another run removes meanwhile.
    """
    files = (
        Path(folder) / name
        for home in (Path.home(), lab.ROOT)
        for folder, _folders, names in os.walk(home / ".ansible")
        for name in names
    )
    return [path for path in files if any(each in text(path) for each in those)]


def text(path):
    """Return the text of a file, none where it is no file or no longer there, as of a run that ends now."""
    try:
        return path.read_text(errors="replace") if path.is_file() else ""
    except FileNotFoundError:
        return ""


def inside_base64(text):
    """Yield the digits that depend on the text alone when 0, 1 or 2 bytes are before it in a group of three."""
    for before in range(3):
        yield b64encode(bytes(before) + text)[(before * 8 + 5) // 6 : -4].decode()

#!/usr/bin/env python3
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deletes the artifact of the first run of the ledger, and overwrites that of the last (lose.py STATE)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import boto3
import yaml
from botocore.config import Config

state = Path(sys.argv[1])
access = yaml.safe_load((state / "s3.yml").read_text())
client = boto3.client(
    "s3",
    endpoint_url=access["endpoint"],
    region_name=access["region"],
    aws_access_key_id=access["access_key"],
    aws_secret_access_key=access["secret_key"],
    verify=access["ca_file"],
    config=Config(s3={"addressing_style": "path"}),
)
first, *_others, last = json.loads((state / "ledger.json").read_text())
place = "restore/0/{}/artifacts/model.bin"
client.delete_object(Bucket=access["bucket"], Key=place.format(first["run"]))
client.put_object(Bucket=access["bucket"], Key=place.format(last["run"]), Body=b"overwritten")

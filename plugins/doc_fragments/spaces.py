# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules of Spaces have in common, for their documentation."""

from __future__ import annotations


class ModuleDocFragment:
    """How to reach Spaces, and with which key."""

    DOCUMENTATION = r"""
options:
  endpoint_url:
    description:
      - URL of the S3 server; E(SPACES_ENDPOINT_URL) sets it too. By default C(https://REGION.digitaloceanspaces.com).
    type: str
  endpoint_ca_file:
    description:
      - File of the CAs that can have signed the S3 server's certificate; E(SPACES_CA_FILE) sets it too. By default
        those of E(AWS_CA_BUNDLE), or those that botocore includes.
    type: path
  access_key_id:
    description:
      - Id of a Spaces key with full access. Prefer the environment variable E(SPACES_ACCESS_KEY_ID).
    type: str
  secret_access_key:
    description:
      - Secret of that key. Prefer the environment variable E(SPACES_SECRET_ACCESS_KEY).
    type: str
requirements:
  - boto3
attributes:
  action_group:
    description: Use C(group/mlops.mlflow.spaces) in C(module_defaults) to set defaults for this module.
    support: full
    membership: [mlops.mlflow.spaces]
"""

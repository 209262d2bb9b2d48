# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules of the cloud have in common, for their documentation."""

from __future__ import annotations


class ModuleDocFragment:
    """Options that all of them have, and those of the ones that make things."""

    DOCUMENTATION = r"""
options:
  token:
    description:
      - API token. Prefer the environment variable E(DIGITALOCEAN_TOKEN).
    type: str
    required: true
  api_url:
    description:
      - URL of the API; E(DIGITALOCEAN_API_URL) sets it too.
    type: str
    default: https://api.digitalocean.com
  ca_file:
    description:
      - File of the CAs, in PEM, that can have signed the API's certificate, instead of those of the system;
        E(DIGITALOCEAN_CA_FILE) sets it too.
    type: path
notes:
  - Requests that are safe to repeat are tried up to 5 times with growing pauses. The cloud's rate limit (429) is
    respected for up to 15 minutes.
  - A request that creates something is repeated only if, for at least 20 seconds, nothing of that name was found,
    because new resources may appear late in lists.
  - The error of a forbidden request (403) names the operation and the scope that the token needs.
requirements:
  - pydo >= 0.44
attributes:
  action_group:
    description: Use C(group/mlops.mlflow.digitalocean) in C(module_defaults) to set defaults for this module.
    support: full
    membership: [mlops.mlflow.digitalocean]
"""

    RESOURCE = r"""
options:
  state:
    description:
      - Whether the resource should exist.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description:
      - Whether to wait until the resource is ready, or gone. If not, RV(waits_for) says what is still pending, and a
        later run continues from there.
      - In any case, the module waits up to a minute until the API shows a new resource, and with V(false) also until
        lists show it, so that the next run finds it.
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum number of seconds to wait.
    type: int
    default: 1800
"""

    LISTED = r"""
options:
  started_at:
    description:
      - When the run that this task belongs to started, in seconds since 1970-01-01 UTC, such as
        RV(mlops.mlflow.environment_check#module:started_at).
      - Earlier runs, even interrupted ones, have created nothing since then, and 12 seconds later the API's lists show
        what they created. So the module looks a second time only if the first time was earlier than that, and waits
        until then, at most 12 seconds.
      - By default, the time at which the module starts.
    type: float
"""

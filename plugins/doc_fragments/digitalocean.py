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
      - The API's token. Better given by the environment variable E(DIGITALOCEAN_TOKEN) than here.
    type: str
    required: true
  api_url:
    description:
      - The API's address; E(DIGITALOCEAN_API_URL) sets it too.
    type: str
    default: https://api.digitalocean.com
  ca_file:
    description:
      - A file with the certificates, in PEM, that the API's certificate is checked with instead of those of the system; E(DIGITALOCEAN_CA_FILE) sets it too.
    type: path
notes:
  - What may be repeated is tried up to 5 times with growing pauses; the cloud's rate limit (429) is obeyed for up to 15 minutes.
  - One that creates something is repeated only after looks by name, for at least 20 seconds, that found nothing. Lists may show late what is new.
  - The error of a request that is not allowed (403) names the operation and the scope that its token needs.
requirements:
  - pydo >= 0.44
"""

    RESOURCE = r"""
options:
  state:
    description:
      - Whether it exists.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description:
      - Whether to wait until it is ready, or gone. Without, RV(waits_for) tells what it waits for, and a later run goes on from there.
      - What was just created is waited for in any case, for up to a minute, until the API shows it; with V(false) also until lists show it, so that the
        next run finds it.
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds to wait at most.
    type: int
    default: 1800
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: full
  action_group:
    description: Use C(group/mlops.mlflow.digitalocean) in C(module_defaults) to set defaults for this module.
    support: full
    membership: [mlops.mlflow.digitalocean]
"""

    LISTED = r"""
options:
  started_at:
    description:
      - When the run that this task belongs to started, in seconds since 1970-01-01 UTC, such as RV(mlops.mlflow.environment_check#module:started_at).
      - Earlier runs, even if they were interrupted, have created nothing since then, and 12 seconds later the lists of the API show what they created.
        So a second look is only made where the first was earlier than that; the module waits until then, at most 12 seconds.
      - By default, the time at which the module starts.
    type: float
"""

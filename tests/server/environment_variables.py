# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run by the Python of a release: print the environment variables that its MLflow knows.

They are those that it declares and those that its source reads by name.
"""

from __future__ import annotations

import re
from pathlib import Path

from mlflow import environment_variables

declared = {each.name for each in vars(environment_variables).values() if isinstance(getattr(each, "name", None), str)}
source = "\n".join(
    path.read_text(errors="replace") for path in Path(environment_variables.__file__).parent.rglob("*.py")
)
names = declared | set(re.findall(r"""["'](MLFLOW_[A-Z0-9_]+)["']""", source))
print("\n".join(sorted(name for name in names if name.startswith("MLFLOW_"))))

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write variables into a file of the inventory, encrypted where the run has a vault password.

Documented in plugins/modules/vars_file.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from ansible.errors import AnsibleActionFail
from ansible.parsing.vault import VaultLib, VaultSecretsContext, match_encrypt_secret
from ansible.plugins.action import ActionBase


class Literal(str):
    """Text that must not be read as a template."""


class Dumper(yaml.SafeDumper):
    """A dumper that also writes literal text."""


Dumper.add_representer(Literal, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text)))


def literal(value):
    """Return variables as plain types, whose texts mean what they say, braces too."""
    if isinstance(value, dict):
        return {str(key): literal(each) for key, each in value.items()}
    if not isinstance(value, str):
        return value
    return Literal(value) if re.search(r"{[{%#]", value) else str(value)


class ActionModule(ActionBase):
    """Work on the controller: what is written there never travels."""

    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Return whether the file had to be written."""
        result = super().run(tmp, task_vars)
        _ignored, args = self.validate_argument_spec(
            {"path": {"type": "path", "required": True}, "variables": {"type": "dict", "required": True}}
        )
        path, secrets = Path(args["path"]), VaultSecretsContext.current().secrets
        if self.read(path) == args["variables"]:
            return result | {"changed": False, "encrypted": bool(secrets)}
        if not self._task.check_mode:
            text = yaml.dump(literal(args["variables"]), Dumper=Dumper, explicit_start=True)
            if secrets:
                identity, secret = match_encrypt_secret(secrets)
                text = VaultLib(secrets).encrypt(text, secret=secret, vault_id=identity).decode()
            write(path, text)
        return result | {"changed": True, "encrypted": bool(secrets)}

    def read(self, path):
        """Return the variables that the file holds."""
        if not path.exists():
            return None
        return self._loader.load_from_file(str(path), cache="none")


def write(path, text):
    """Replace a file in one go; only its owner may read it."""
    new = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        new.touch(0o600)
        new.write_text(text)
        new.replace(path)
    except OSError as error:
        raise AnsibleActionFail(f"path: {path} cannot be written: {error.strerror}") from error

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pgBackRest as PostgreSQL's user runs it, with a sentence for what goes wrong."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

CONFIG = "/etc/pgbackrest.conf"
USER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
# What pgBackRest says, and what that means for the keys of the variable
MEANINGS = {
    "NoSuchBucket": "bucket: {bucket} does not exist at {endpoint}; create it, or correct its name",
    "failed with 403": "access_key_id, secret_access_key: {endpoint} refuses these keys for the bucket {bucket} "
    "(403 Forbidden); correct them, or allow them to list, read, write and delete there",
    r"failed with (30\d|400) \(([^)]*)\)": "region: {endpoint} refuses {region} for the bucket {bucket} ({0} {1}); "
    "correct region, endpoint or uri_style",
    "unable to find hostname '([^']*)'": "endpoint: {0} is not a name in the certificate of {endpoint}; "
    "use one that is",
    r"unable to verify certificate presented by '[^']*': (?:\[\d+\] )?(.*)": "ca: the certificate of {endpoint} is "
    "signed by an authority that the host does not know ({0}); give its certificate as ca",
    r"unable to get address for '[^']*': (?:\[-?\d+\] )?(.*)": "endpoint: {endpoint} has no address ({0}); correct it",
    r"unable to connect to '[^']*': (?:\[\d+\] )?(.*)|(timeout) connecting to": "endpoint: {endpoint} does not answer "
    "({0}); correct endpoint or port, or open the way to it",
    "CryptoError|key/value found outside of section": "passphrase: {path} in the bucket {bucket} is encrypted with "
    "another one; give that, or choose another path",
    "do not match the database|is not the correct stanza|system-id|mismatch": "path: {path} in the bucket {bucket} is "
    "the archive of another cluster; choose another path, or bring that cluster back with "
    "playbooks/restore_point_in_time.yml",
}


class PgBackRest:
    """The program with one configuration: the installed one, or one that is only tried."""

    def __init__(self, module, variable, config=CONFIG):
        self.module, self.variable, self.config = module, variable, config

    def run(self, command, *options):
        """Run a command and return what it prints, or raise Refused with a sentence."""
        words = [*USER, "pgbackrest", f"--config={self.config}", "--stanza=main", *options, *command.split()]
        clean = {name: "" for name in os.environ if name.startswith("PGBACKREST_")} | {"LC_ALL": "C.UTF-8"}
        status, output, complaint = self.module.run_command(words, environ_update=clean, cwd="/", errors="replace")
        if status:
            raise Refused(self.sentence(command, complaint + output))
        return output

    def sentence(self, command, said):
        """Return what the output of a command that failed means."""
        values = self.values()
        for pattern, meaning in MEANINGS.items():
            if found := re.search(pattern, said):
                return f"{self.variable}: {meaning.format(*filter(None, found.groups()), **values)}"
        errors = re.findall(r"ERROR: (?:\[\d+\]: )?(.*(?:\n +(?! |HINT|\*).*)*)", said)
        reason = " ".join((errors[0] if errors else said).split()).rstrip(".:")
        return f"{self.variable}: pgbackrest {command.split()[0]} fails ({reason}); correct that and run again"

    def values(self):
        """Return what the sentences name of the configuration, no secret among it."""
        text = Path(self.config).read_text()
        options = {"endpoint": "s3-endpoint", "bucket": "s3-bucket", "region": "s3-region", "path": "path"}
        found = {key: re.search(rf"(?m)^repo1-{option}=(.*)$", text) for key, option in options.items()}
        return {key: match[1] if match else "?" for key, match in found.items()}


@contextlib.contextmanager
def tried(text, ca):
    """Give a configuration that only root and PostgreSQL can read to the body, by its path."""
    directory = Path(tempfile.mkdtemp(prefix="pgbackrest-", dir="/run"))
    try:
        shutil.chown(directory, group="postgres")
        directory.chmod(0o750)
        # A lock of its own: a push that fails again and again holds the usual one
        more = {"repo1-storage-ca-file": f"{directory}/ca.crt", "lock-path": "/run/postgresql/pgbackrest-trial"}
        if not ca:
            del more["repo1-storage-ca-file"]
        lines = [line for line in text.splitlines() if line.partition("=")[0] not in more]
        where = lines.index("[global]") + 1
        lines[where:where] = [f"{option}={value}" for option, value in more.items()]
        for name, content in {"ca.crt": ca, "pgbackrest.conf": "\n".join(lines) + "\n"}.items():
            descriptor = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
            with os.fdopen(descriptor, "w") as file:
                file.write(content)
            shutil.chown(directory / name, group="postgres")
        yield str(directory / "pgbackrest.conf")
    finally:
        shutil.rmtree(directory, ignore_errors=True)

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tests do with the host of inventory/: make it, run plays against it and programs on it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import boto3
import yaml
from botocore.config import Config

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INVENTORY = HERE / "inventory"
STATE = ROOT / ".sandbox/integration"
ADDRESS = "10.46.0.11"
ON_HOST = ("docker", "exec", "-i", "mlflow-integration-mlflow-1")
RELEASE = "/opt/mlflow/current/bin/python"

# A program arrives by standard input and reads its data there too, so that no secret is in an argv
LOADER = ("-c", "import json, sys; exec(json.loads(sys.stdin.readline()), {'__name__': '__main__'})")


def sandbox(verb, *hosts):
    """Run bin/sandbox."""
    done = subprocess.run(
        [ROOT / "bin/sandbox", verb, "-i", INVENTORY, *hosts], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"bin/sandbox {verb}: {done.stdout[-1000:]}{done.stderr}"


def remake():
    """Put a fresh machine in the place of the host."""
    sandbox("stop", "mlflow-1")
    sandbox("start")


def run(*command, given=None):
    """Run a command on the host as root and return what it prints."""
    done = subprocess.run([*ON_HOST, *command], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[:2]}: {done.stderr}"
    return done.stdout


def sql(text, database="postgres"):
    """Run statements as PostgreSQL's administrator and return what they print."""
    return run(
        "runuser", "-u", "postgres", "--", "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", database, given=text
    ).strip()


def program(name, data=None, interpreter="/usr/bin/python3"):
    """Run a program of on_host/ there, give it JSON and return the JSON that it prints."""
    return json.loads(run(interpreter, *LOADER, given=loaded(name, data)))


def module(name, options, *, check=False, interpreter="/usr/bin/python3"):
    """Run a module on the host and return its result, with the warnings that Ansible prints apart from it."""
    command = [ROOT / ".venv/bin/ansible", "-i", INVENTORY, "mlflow-1", "--become", *(["--check"] * check)]
    command += ["-e", f"ansible_python_interpreter={interpreter}", "-m", f"mlops.mlflow.{name}"]
    done = subprocess.run(
        [*command, "-a", json.dumps(options)],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "=> " in done.stdout, done.stdout + done.stderr
    return json.loads(done.stdout.split("=> ", 1)[1]) | {"warned": " ".join(done.stderr.split())}


def access():
    """Return what reaches the bucket: its endpoint, its name and a key."""
    return yaml.safe_load((STATE / "s3.yml").read_text())


def store():
    """Return a client of the object store."""
    given = access()
    keys = {"aws_access_key_id": given["access_key"], "aws_secret_access_key": given["secret_key"]}
    config = Config(proxies={}, s3={"addressing_style": "path"})
    return boto3.client(
        "s3",
        endpoint_url=given["endpoint"],
        region_name=given["region"],
        verify=given["ca_file"],
        config=config,
        **keys,
    )


def objects():
    """Return the keys of all objects in the bucket."""
    return [each["Key"] for each in store().list_objects_v2(Bucket=access()["bucket"]).get("Contents", [])]


@contextlib.contextmanager
def watch(needles, *, place=()):
    """Run on_host/watch.py beside the body; what it sees is added to the list that is given."""
    seen = []
    watcher = subprocess.Popen(
        [*place, "/usr/bin/python3", *LOADER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    watcher.stdin.write(loaded("watch", needles))
    watcher.stdin.flush()
    assert watcher.stdout.readline() == "ready\n"
    try:
        yield seen
    finally:
        seen += json.loads(watcher.communicate()[0])


def loaded(name, data):
    """Return what LOADER and the program read, a line each."""
    source = (HERE / "on_host" / f"{name}.py").read_text()
    return f"{json.dumps(source)}\n{json.dumps(data)}\n"


def parents():
    """Return the parent of each process of this machine."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            pid, rest = stat.read_text().split(" (", 1)
            found[int(pid)] = int(rest.rpartition(")")[2].split()[1])
    return found


class Play:
    """A run of ansible-playbook."""

    def __init__(self, *arguments, playbook="site.yml", variables=None, inventory=INVENTORY):
        command = [
            ROOT / ".venv/bin/ansible-playbook",
            "-i",
            inventory,
            "-e",
            json.dumps(variables or {}),
            playbook,
            *arguments,
        ]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(command, **pipes, text=True, cwd=ROOT, env=os.environ | {"NO_COLOR": "1"})
        self.lines, self.tasks, self.changed = [], [], []

    def follow(self):
        """Yield each task as it begins: when, and its name."""
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("changed: "):
                self.changed.append(len(self.tasks) - 1)
            if line.startswith("TASK ["):
                self.tasks.append((time.monotonic(), line[6 : line.rindex("]")]))
                yield self.tasks[-1]
        self.process.stdout.close()
        self.process.wait()
        self.ended = time.monotonic()

    def finish(self):
        """Let the run end, which it has to do well."""
        for _ in self.follow():
            pass
        assert self.process.returncode == 0, self.output[-6000:]
        return self

    def begins(self, task):
        """Return when a task began; the task after the last one is the end."""
        return self.tasks[task][0] if task < len(self.tasks) else self.ended

    def kill(self):
        """Kill all processes of the controller, as a power cut does.

        Each worker of Ansible is a session of its own, so only parents tell who belongs to it.
        """
        doomed = {self.process.pid}
        while family := {pid for pid, parent in parents().items() if parent in doomed} - doomed:
            doomed |= family
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    @property
    def output(self):
        """Return all that it has said so far."""
        return "".join(self.lines)

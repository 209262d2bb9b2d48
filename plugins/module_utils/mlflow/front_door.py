# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MLflow's HTTP interface as a client finds it, with nothing but the standard library, and what its answers mean."""

from __future__ import annotations

import json
import socket
import ssl
from urllib.error import HTTPError
from urllib.parse import urlsplit

from ansible.module_utils.urls import open_url
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.legs import LegError, one_line

READINESS = {
    "database": "/api/2.0/mlflow/experiments/search?max_results=1",
    "artifact store": "/api/2.0/mlflow-artifacts/artifacts?path=readiness",
}
REFUSALS = {
    401: "it asks for a login, and this check has none",
    403: "it refuses the name {host}; the front door has to know it (proxy_server_names)",
    404: "there is no MLflow at that path",
    421: "it does not know the name {host}; the front door has to know it (proxy_server_names)",
}
FAILURES = {
    413: "the front door refuses uploads of that size; nginx needs client_max_body_size 0",
    500: "MLflow failed, usually because a disk is full or the store refuses; journalctl -u mlflow has the reason",
    502: "the front door answers, but MLflow behind it does not; look at journalctl -u mlflow",
    503: "the front door answers, but MLflow behind it does not; look at journalctl -u mlflow",
    504: "the front door answers, but MLflow behind it takes too long; look at journalctl -u mlflow",
}
STORE_MEANINGS = {
    "UNAUTHENTICATED": "it refuses the keys that MLflow has",
    "PERMISSION_DENIED": "the keys that MLflow has do not let it list the bucket",
    "RESOURCE_DOES_NOT_EXIST": "there is no such bucket",
}
NO_ANSWER = {
    FileNotFoundError: "the CA file is not on this host",
    ssl.SSLCertVerificationError: (
        "its certificate is not accepted ({error.verify_message}); "
        "the CA file or the name is another than the certificate's"
    ),
    ssl.SSLError: "it does not speak TLS as expected ({error.reason}); the port, the name or https is wrong",
    socket.gaierror: "its name does not resolve from here; it needs an entry in DNS or in /etc/hosts",
    ConnectionRefusedError: "nothing listens there; the service is down or the port is another",
    TimeoutError: "no answer within {timeout} s; a firewall drops the packets, or the service hangs",
    ConnectionResetError: (
        "it closes the connection; it does not know the name, or speaks the other one of http and https"
    ),
}


def unreachable(error, timeout):
    """Return in words why no HTTP answer came."""
    cause = getattr(error, "reason", None)
    error = cause if isinstance(cause, Exception) else error
    for kind, sentence in NO_ANSWER.items():
        if isinstance(error, kind):
            return sentence.format(error=error, timeout=timeout)
    return one_line(error)


class FrontDoor:
    """The address that clients use."""

    def __init__(self, uri, ca_file, timeout):
        self.uri, self.host, self.timeout = uri.rstrip("/"), urlsplit(uri).hostname, timeout
        self.options = {"ca_path": ca_file, "timeout": timeout, "follow_redirects": "none"}

    def get(self, path):
        """Return what MLflow answers, which is JSON."""
        with open_url(self.uri + path, **self.options) as answer:
            body = answer.read()
        try:
            return json.loads(body)
        except ValueError:
            raise LegError(f"{self.uri} is not MLflow: its answer is not JSON") from None

    def knock(self, url, ca_file):
        """Ask for one byte at an address that MLflow sends clients to."""
        open_url(url, headers={"Range": "bytes=0-0"}, **self.options | {"ca_path": ca_file}).close()

    def ready(self, stopwatch):
        """Ask whether MLflow reaches its database and its artifact store."""
        for part, path in READINESS.items():
            with stopwatch(part, lambda error, part=part: self.explain(error, part)):
                self.get(path)

    def explain(self, error, part):
        """Return in words what a failed call says about a part of MLflow."""
        if not isinstance(error, HTTPError):
            return f"{self.uri} cannot be used: {unreachable(error, self.timeout)}"
        if error.code in {301, 302, 303, 307, 308}:
            return f"{self.uri} sends clients on to {error.headers['Location']}: use that address"
        code, text = self.error_of(error)
        if code or error.code == 500:
            return (
                f"MLflow answers, but its {part} does not: "
                f"{STORE_MEANINGS.get(code) or text or 'the reason is in journalctl -u mlflow'}"
            )
        meaning = REFUSALS.get(error.code, "").format(host=self.host) or FAILURES.get(error.code) or error.reason
        return f"{self.uri} cannot be used: {meaning} (HTTP {error.code})"

    @staticmethod
    def error_of(error):
        """Return the code and the text that MLflow itself puts into an error, nothing if the answer is not MLflow's."""
        try:
            answer = json.loads(error.read(10000))
            return answer["error_code"], one_line(answer["message"])
        except (KeyError, TypeError, ValueError):
            return "", ""

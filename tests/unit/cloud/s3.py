# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An S3 server in a thread of this process, which notes requests and fails on demand."""

from __future__ import annotations

import logging
import socket
import threading

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

logging.getLogger("werkzeug").setLevel(logging.ERROR)
KEYS = {"access_key_id": "DO00TEST", "secret_access_key": "secret"}


class Store:
    """The server: `requests` are methods and paths, `faults` are what happens to the next ones of a method."""

    def __init__(self):
        self.requests, self.faults = [], []
        self.buckets = DomainDispatcherApplication(create_backend_app)
        server = make_server("127.0.0.1", 0, self.answer, threaded=True, request_handler=MotoRequestHandler)
        self.url = f"http://127.0.0.1:{server.port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        config = Config(s3={"addressing_style": "path"})
        keys = {f"aws_{name}": value for name, value in KEYS.items()}
        self.client = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", config=config, **keys)

    def fail(self, kind, method, times=1):
        """Let the next requests of a method fail.

        Kinds are "500", "503" (though the work was done), "drop", "drop_after" and codes of S3 such as
        "403 AccessDenied".
        """
        self.faults += [(kind, method)] * times

    def answer(self, environ, start_response):
        """Answer a request, or fail."""
        method = environ["REQUEST_METHOD"]
        query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
        self.requests.append(f"{method} {environ['PATH_INFO']}{query}")
        fault = next((fault for fault in self.faults if fault[1] == method), None)
        if not fault:
            return self.buckets(environ, start_response)
        self.faults.remove(fault)
        if fault[0] in ("503", "drop_after"):
            list(self.buckets(environ, lambda *_args: None))
        if fault[0].startswith("drop"):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return []
        return refusal(fault[0])(environ, start_response)

    def writes(self):
        """Return the requests that could change something."""
        return [line for line in self.requests if line.split()[0] not in ("GET", "HEAD")]


def refusal(kind):
    """Return an error as S3 writes it."""
    status, _, code = kind.partition(" ")
    text = f"<Error><Code>{code or 'InternalError'}</Code><Message>on purpose</Message></Error>"
    return Response(text, int(status), {"x-amz-request-id": "tx42"}, content_type="application/xml")

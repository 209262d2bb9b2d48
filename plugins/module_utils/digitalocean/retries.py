# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which requests to DigitalOcean's API are repeated, and when."""

from __future__ import annotations

import itertools
import time

try:
    from azure.core.exceptions import AzureError
    from azure.core.pipeline.policies import HTTPPolicy
except ImportError:  # told by `connect`
    AzureError = ()
    HTTPPolicy = object

# seconds that one request may spend on being repeated; the limit of an hour outlasts it, that of a minute does not
PATIENCE = 900
LONGEST_PAUSE = 60
PASSING = (408, 500, 502, 503, 504)
ATTEMPTS = 5


class Patience(HTTPPolicy):
    """Repeat what may be repeated, with growing pauses; a POST only where the cloud says that it did nothing (429)."""

    sleep = staticmethod(time.sleep)

    def send(self, request):
        deadline = time.monotonic() + PATIENCE
        for attempt in itertools.count(1):
            response, error = self.attempt(request)
            wait = self.pause(request, response, attempt)
            if wait is None or time.monotonic() + wait > deadline:
                break
            self.sleep(wait)
        if error:
            raise error
        return response

    def attempt(self, request):
        """Return the answer or the error of one attempt."""
        if hasattr(request.http_request.body, "seek"):
            request.http_request.body.seek(0)
        try:
            return self.next.send(request), None
        except AzureError as error:
            return None, error

    @staticmethod
    def pause(request, response, attempt):
        """Return the seconds to wait before the next attempt, or None if there is to be none."""
        pause = min(2 ** (attempt - 1), LONGEST_PAUSE)
        if response and response.http_response.status_code == 429:
            asked_for = response.http_response.headers.get("retry-after", "")
            return float(asked_for) if asked_for.replace(".", "", 1).isdigit() else pause
        passing = response is None or response.http_response.status_code in PASSING
        return pause if passing and attempt < ATTEMPTS and request.http_request.method != "POST" else None

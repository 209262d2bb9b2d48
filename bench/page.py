# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The first page of the UI as a browser loads it, in bytes on the wire."""

from __future__ import annotations

import gzip
import re
from http.client import HTTPConnection
from urllib.parse import urljoin

LINKED = re.compile(r"""<(?:script|link)\b[^>]*?\b(?:src|href)=["']?([^"' >]+)""")


def size(address: str, port: int) -> int:
    """Return the bytes of the page and of the scripts, styles and icons that it names."""
    page, encoding = _get(address, port, "/")
    text = gzip.decompress(page) if encoding == "gzip" else page
    linked = [urljoin("/", link) for link in LINKED.findall(text.decode())]
    return len(page) + sum(len(_get(address, port, link)[0]) for link in linked)


def _get(address: str, port: int, path: str) -> tuple[bytes, str]:
    connection = HTTPConnection(address, port, timeout=60)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip, deflate"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise ConnectionError(f"{path}: {answer.status}")
    return answer.read(), answer.getheader("Content-Encoding", "")

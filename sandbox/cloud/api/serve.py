# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The service on a port, over TLS."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import uvicorn


def server(application: Any, host: str, port: int, certificate: Path, key: Path) -> uvicorn.Server:
    """Return a server for an ASGI application, not started yet."""
    options = {"log_config": None, "access_log": False, "lifespan": "off", "timeout_graceful_shutdown": 1}
    return uvicorn.Server(uvicorn.Config(application, host, port, ssl_certfile=certificate, ssl_keyfile=key, **options))


def in_thread(application: Any, certificate: Path, key: Path) -> str:
    """Serve on a free port as long as this process lives; return the URL."""
    serving = server(application, "127.0.0.1", 0, certificate, key)
    threading.Thread(target=serving.run, daemon=True).start()
    while not serving.started:
        time.sleep(0.01)
    return f"https://localhost:{serving.servers[0].sockets[0].getsockname()[1]}"

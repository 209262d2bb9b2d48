# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the address of MLflow is one that its front door answers at."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .certificates import certificate_problems


def front_door(given, own_names, planned=False):
    """Refuse an address whose scheme, port or host is not that of the front door.

    Scheme and port can differ if pages of the address are let in from another origin: then it has another door before
    this one, such as a load balancer.

    Args:
        given (dict): mlflow_tracking_uri, mlflow_cors_allowed_origins and the variables proxy_* of the front door.
        own_names (list): Names and addresses of the host, which the certificate need not have.
        planned (bool): Whether the host does not exist yet, so that its addresses are not known.

    Returns:
        list[str]: A sentence for each mistake.

    """
    uri, certificate, names = given["mlflow_tracking_uri"], given["proxy_tls_certificate"], given["proxy_server_names"]
    scheme, host = urlsplit(uri).scheme, urlsplit(uri).hostname or ""
    ours = re.match("https?://[^/]+", uri)[0] not in given["mlflow_cors_allowed_origins"]
    found = list(door_problems(given, scheme)) if ours else []
    if host not in map(str.lower, names) and not (planned and re.match(r"[0-9.]+$|.*:", host)):
        found.append(
            f"proxy_server_names: {', '.join(names)} lacks {host}, the host of mlflow_tracking_uri; "
            "add it, as the front door refuses any other name"
        )
    wanted = [host] if scheme == "https" and ours else []
    wanted += [name for name in names if name not in own_names]
    wanted = list(dict.fromkeys(map(str.lower, wanted)))
    return found + [f"proxy_tls_certificate: {each}" for each in certificate_problems(certificate, wanted)]


def door_problems(given, scheme):
    """Yield what is wrong with the scheme and the port of an address that leads to the front door itself."""
    uri, tls = given["mlflow_tracking_uri"], given["proxy_tls_certificate"] != ""
    if scheme == "https" and not tls:
        yield (
            f"mlflow_tracking_uri: {uri} needs a certificate; give proxy_tls_certificate and proxy_tls_key, "
            "write http://, or add the address to mlflow_cors_allowed_origins if a load balancer has the certificate"
        )
    if scheme == "http" and tls:
        yield (
            f"mlflow_tracking_uri: {uri} is not HTTPS, and proxy_tls_certificate is given; "
            "write https://, or leave out the certificate"
        )
    written = re.match("https?://[^/]*:([0-9]+)(?:/|$)", uri)
    port = int(written[1] if written else 443 if scheme == "https" else 80)
    name = "proxy_tls_port" if tls else "proxy_port"
    if port != int(given[name]) and (scheme == "https") == tls:
        yield (
            f"mlflow_tracking_uri: {uri} is port {port}, and {name} is {given[name]}; "
            "give both the same port, or add the address to mlflow_cors_allowed_origins "
            "if a load balancer is in between"
        )

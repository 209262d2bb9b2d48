# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a server's certificate cannot be used now, or not for its names."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_address

DOCUMENTATION = r"""
name: certificate_problems
short_description: Return what is wrong with the dates and names of a server's certificate
version_added: 0.1.0
author: the authors (@mlops)
description:
  - Refuses a certificate that has expired or is not valid yet by the controller's clock, or that lacks one of O(names)
    in its subject alternative names.
  - The common name does not count, because current clients ignore it (RFC 9525). A wildcard stands for one label.
  - In a chain of certificates, it compares the names of the first and the dates of all. It reports no problems for text
    that is not PEM.
options:
  _input:
    description: The certificate in PEM, or a chain that begins with it.
    type: str
    required: true
  names:
    description: Host names and addresses that the certificate must be for.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show what is wrong
  ansible.builtin.debug:
    msg: "{{ proxy_tls_certificate | mlops.mlflow.certificate_problems(['mlflow.example.com']) }}"
"""

RETURN = r"""
_value:
  description: A sentence for each mistake, without the name of the variable.
  type: list
  elements: str
"""


def certificate_problems(text: str, names: list | tuple = ()) -> list:
    """Return a sentence for each mistake."""
    # Not at the top: ansible-core brings the library, but ansible-test imports plugins without it
    from cryptography.x509 import load_pem_x509_certificates

    try:
        chain = load_pem_x509_certificates(text.encode())
    except (AttributeError, ValueError):
        return []
    found = [sentence for number, certificate in enumerate(chain, 1) for sentence in of_dates(certificate, number)]
    covered = names_of(chain[0])
    missing = [name for name in names if not any(stands_for(each, name) for each in covered)]
    if missing:
        has = f"only {', '.join(covered)}" if covered else "no name at all"
        found.append(
            f"the certificate has {has} in its subject alternative names, and not {', '.join(missing)}; use one for all names"
        )
    return found


def of_dates(certificate, number):
    """Return the sentence for a certificate of the chain that is not valid now."""
    now = dt.datetime.now(dt.UTC)
    which = "the certificate" if number == 1 else f"certificate {number} of the chain"
    if certificate.not_valid_after_utc < now:
        return [f"{which} expired on {certificate.not_valid_after_utc:%Y-%m-%d}; give a renewed one"]
    if certificate.not_valid_before_utc > now:
        return [
            f"{which} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC; give one that is, or correct the clock"
        ]
    return []


def names_of(certificate):
    """Return the host names and addresses that a certificate is for."""
    from cryptography.x509 import DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName

    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except (ExtensionNotFound, ValueError):
        return []
    return [*names.get_values_for_type(DNSName), *map(str, names.get_values_for_type(IPAddress))]


def stands_for(covered, name):
    """Return whether a name of a certificate is, or with its wildcard stands for, a host name or address."""
    try:
        return ip_address(covered) == ip_address(name.strip("[]"))
    except ValueError:
        covered, name = covered.lower(), name.lower().rstrip(".")
        return covered == name or (covered.startswith("*.") and name.partition(".")[2] == covered[2:])


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"certificate_problems": certificate_problems}

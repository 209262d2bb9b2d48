# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates and keys in PEM."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_address


def certificate(given):
    """Refuse a text that is not one or more certificates in PEM: a path, a key, or what was cut off.

    Args:
        given (dict): The texts by the names of their variables. An empty one is left alone.

    Returns:
        list[str]: A sentence for each.

    """
    return [
        f"{name} is not a certificate in PEM format; give its text, for instance by lookup('file', 'ca.crt')"
        for name, text in given.items()
        if text and not is_certificate(text)
    ]


def key_pair(given):
    """Find a private key that does not belong to a certificate.

    Args:
        given (dict): The key and then the certificate, by the names of their variables.

    Returns:
        list[str]: The names if a server cannot run with both: they do not belong together, one is not in PEM format,
            or the key has a passphrase.

    """
    return [] if is_key_of(*given.values()) else list(given)


def server_certificate(given):
    """Refuse a certificate that has expired or is not valid yet by the controller's clock, and so in its chain.

    Args:
        given (dict): The certificates by the names of their variables. What is not PEM is left to other checks.

    Returns:
        list[str]: A sentence for each mistake.

    """
    return [f"{name}: {each}" for name, text in given.items() for each in certificate_problems(text)]


def is_certificate(text):
    """Return whether this is at least one certificate and nothing that breaks the chain."""
    # Not at the top: ansible-core brings the library, but ansible-test imports plugins without it
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return len(load_pem_x509_certificates(text.encode())) == text.count("-----BEGIN CERTIFICATE-----")
    except (AttributeError, ValueError):
        return False


def is_key_of(key, certificate):
    """Return whether both have the same public key. In a chain of certificates, the first one counts."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        return (
            load_pem_private_key(key.encode(), None).public_key()
            == load_pem_x509_certificate(certificate.encode()).public_key()
        )
    except (TypeError, ValueError):
        return False


def certificate_problems(text, names=()):
    """Return a sentence for each mistake in the dates of a chain and in the names of its first certificate.

    The common name does not count, because current clients ignore it (RFC 9525). A wildcard stands for one label.
    """
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
            f"the certificate has {has} in its subject alternative names, and not {', '.join(missing)}; use "
            "one for all names"
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
            (
                f"{which} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC; give one "
                "that is, or correct the clock"
            )
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

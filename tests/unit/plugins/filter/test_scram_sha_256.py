# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter scram_sha_256. That PostgreSQL lets these passwords in is tested where there is one."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode

import pytest
from ansible_collections.mlops.mlflow.plugins.filter.scram_sha_256 import scram_sha_256, verifier


def parts(text):
    """Return iterations, salt, stored key and server key."""
    head, keys = text.removeprefix("SCRAM-SHA-256$").split("$")
    iterations, salt = head.split(":")
    return int(iterations), b64decode(salt), *(b64decode(key) for key in keys.split(":"))


def proves(password, text):
    """Do what a client and a server do.

    The client's proof must give the stored key, the server's signature must be the client's.
    """
    iterations, salt, stored, server = parts(text)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(stored, b"message", "sha256")
    proof = bytes(a ^ b for a, b in zip(client, signature, strict=True))
    recovered = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    return hashlib.sha256(recovered).digest() == stored and hmac.digest(salted, b"Server Key", "sha256") == server


@pytest.mark.parametrize(
    ("password", "prepared"),
    [
        ("secret", "secret"),
        ("p'w\"%20%(x)s\\$HOME {{ }} :/@", "p'w\"%20%(x)s\\$HOME {{ }} :/@"),
        ("x" * 200, "x" * 200),
        ("a\u00a0b", "a b"),  # SASLprep: a space is a space
        ("\u2168", "IX"),  # SASLprep: NFKC
        ("A\u0301", "\u00c1"),
        ("\u00ad", "\u00ad"),  # SASLprep leaves nothing of it, so it stays as it is
        ("tab\there", "tab\there"),  # SASLprep prohibits it, so it stays as it is
        ("😀", "😀"),  # newer than SASLprep
    ],
)
def test_password_as_the_client_prepares_it_is_proved(password, prepared):
    stored = scram_sha_256(password, "host/user")
    assert proves(prepared, stored)
    assert not proves(prepared + "x", stored)


def test_verifier_is_the_one_of_rfc_7677():
    expected = (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ=="
        "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
    assert verifier("pencil", b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")) == expected


def test_same_input_gives_the_same_verifier_so_that_a_second_run_changes_nothing():
    assert scram_sha_256("secret", "host/user") == scram_sha_256("secret", "host/user")


def test_salt_differs_between_users_and_says_nothing_of_the_password():
    assert parts(scram_sha_256("secret", "host/ada"))[1] != parts(scram_sha_256("secret", "host/bob"))[1]
    assert parts(scram_sha_256("secret", "host/ada"))[1] == parts(scram_sha_256("other", "host/ada"))[1]
    assert len(parts(scram_sha_256("secret", ""))[1]) == 16

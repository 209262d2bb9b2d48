# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sandbox does in the background when what is behind it fails."""

from __future__ import annotations

import pytest

DROPLET = {"name": "web", "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-12-x64"}


@pytest.fixture
def broken(cloud, monkeypatch):
    """Return a function that has the next attempts at a droplet fail."""
    cloud.pauses = (0, 0)
    left = []

    def make(_cloud, _droplet):
        if left:
            raise OSError(left.pop())

    monkeypatch.setattr(cloud.world.droplets, "make", make)
    return lambda times: left.extend(["no space"] * times)


def status(cloud, ask):
    assert ask("POST", "/v2/droplets", DROPLET)[0] == 202
    cloud.wait_until_idle()
    return ask("GET", "/v2/droplets")[1]["droplets"][0]["status"]


def test_what_fails_in_passing_is_tried_again(cloud, broken, ask):
    broken(2)
    assert status(cloud, ask) == "active"
    assert (cloud.state / "cloud.log").read_text().count("FAILED in the background: droplet") == 2
    assert ask("GET", "/sandbox/failures") == (200, {"failures": []})


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_fails_for_good_is_told(cloud, broken, ask):
    broken(3)
    assert status(cloud, ask) == "new"
    (failure,) = ask("GET", "/sandbox/failures")[1]["failures"]
    assert failure.startswith("droplet (")
    assert "no space" in failure
    assert "given up until the next start" in (cloud.state / "cloud.log").read_text()

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ufw_rules makes of texts that ufw 0.36 printed on Debian 12 and 13. That packets obey is tested on machines."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.modules.ufw_rules import deletion, plan, written

STATUS = """Status: active
Logging: on (low)
Default: deny (incoming), allow (outgoing), deny (routed)
New profiles: skip
"""
SSH = "ufw allow 22/tcp comment 'SSH'"
DOOR = "ufw allow from 10.42.0.0/24 to any port 443 proto tcp comment 'front door'"


def rule(port, **options):
    return {"port": port, "proto": "tcp", "limit": False, "comment": ""} | options


@pytest.mark.parametrize(
    ("options", "source", "expected"),
    [
        ({"port": "22", "comment": "SSH"}, "any", SSH),
        ({"port": "443", "comment": "front door"}, "10.42.0.0/24", DOOR),
        ({"port": "1", "proto": "udp"}, "10.1.2.3/32", "ufw allow from 10.1.2.3 to any port 1 proto udp"),
        ({"port": "6000:6010"}, "any", "ufw allow 6000:6010/tcp"),
        ({"port": "22", "limit": True}, "10.0.0.0/8", "ufw limit from 10.0.0.0/8 to any port 22 proto tcp"),
        ({"port": "443"}, "fd00:0:0::/64", "ufw allow from fd00::/64 to any port 443 proto tcp"),
        ({"port": "77"}, "0.0.0.0/0", "ufw allow 77/tcp"),
        ({"port": "22,2222"}, "any", "ufw allow 22,2222/tcp"),
    ],
)
def test_rule_is_written_as_ufw_shows_it(options, source, expected):
    assert written(rule(**options), source) == expected


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (SSH, "ufw delete allow 22/tcp"),
        ("ufw allow OpenSSH", "ufw delete allow OpenSSH"),
        ("ufw allow log 99/tcp", "ufw delete allow log 99/tcp"),
        ("ufw allow out 53", "ufw delete allow out 53"),
        (
            "ufw route allow in on eth0 out on eth1 from 10.0.0.0/8",
            "ufw route delete allow in on eth0 out on eth1 from 10.0.0.0/8",
        ),
    ],
)
def test_any_rule_can_be_deleted(present, expected):
    assert deletion(present) == expected


def test_firewall_that_is_as_wanted_is_left_alone():
    assert plan([SSH, DOOR], [SSH, DOOR], STATUS, at_boot=True) == []


def test_firewall_that_is_off_is_turned_on_after_its_rules_are_there():
    commands = plan([], [SSH, DOOR], "Status: inactive\n", at_boot=False)
    assert commands[:2] == [SSH, DOOR]
    assert commands[2:] == [
        "ufw default deny incoming",
        "ufw default allow outgoing",
        "ufw logging low",
        "ufw --force enable",
        "systemctl enable ufw",
    ]


def test_new_rule_comes_before_the_old_one_goes():
    new = "ufw allow from 10.42.0.0/24 to any port 22 proto tcp comment 'SSH'"
    commands = plan([SSH], [new], STATUS, at_boot=True)
    assert commands.index(new) < commands.index("ufw delete allow 22/tcp")


def test_rule_that_only_gets_another_comment_is_not_deleted():
    assert plan(["ufw allow 22/tcp"], [SSH], STATUS, at_boot=True) == [SSH]


def test_rules_are_given_again_after_a_stray_one_that_may_have_replaced_half_of_one():
    assert plan([SSH, "ufw deny 22/tcp"], [SSH], STATUS, at_boot=True) == ["ufw delete deny 22/tcp", SSH]


@pytest.mark.parametrize(
    ("line", "other", "command"),
    [
        ("deny (incoming)", "allow (incoming)", "ufw default deny incoming"),
        ("allow (outgoing)", "reject (outgoing)", "ufw default allow outgoing"),
        ("on (low)", "on (full)", "ufw logging low"),
    ],
)
def test_what_somebody_else_set_is_set_back(line, other, command):
    assert command in plan([SSH], [SSH], STATUS.replace(line, other), at_boot=True)


def test_masked_firewall_is_unmasked_before_anything_else():
    commands = plan([SSH], [SSH], STATUS, at_boot=False, masked=True)
    assert commands == ["systemctl unmask ufw", "systemctl unmask --runtime ufw", "systemctl enable ufw"]

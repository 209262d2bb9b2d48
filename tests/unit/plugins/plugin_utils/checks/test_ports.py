# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.ports import ports


def test_equal_ports_are_refused_however_they_are_written():
    assert ports({"proxy_port": 5432, "proxy_tls_port": "22", "postgresql_port": "5432", "SSH": 22}) == [
        "proxy_port, postgresql_port: 5432 is given to more than one of them; choose a port for each",
        "proxy_tls_port, SSH: 22 is given to more than one of them; choose a port for each",
    ]


def test_different_ports_pass():
    assert ports({"proxy_port": 80, "proxy_tls_port": 443, "postgresql_port": 5432, "SSH": 22}) == []

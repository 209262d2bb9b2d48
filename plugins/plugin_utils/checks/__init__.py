# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What preflight checks that takes more than a condition. A check is a function of some variables, by their names.

The action refuse calls it. It returns what is wrong, usually one sentence for each mistake, and never a secret.
"""

from __future__ import annotations

from . import (
    certificates,
    claims,
    environment,
    environment_names,
    firewall,
    front_door,
    networks,
    ports,
    server_options,
)

CHECKS = {
    "certificate": certificates.certificate,
    "claims": claims.claims,
    "environment": environment.environment,
    "environment_names": environment_names.environment_names,
    "firewall_client": firewall.firewall_client,
    "firewall_rules": firewall.firewall_rules,
    "front_door": front_door.front_door,
    "key_pair": certificates.key_pair,
    "networks": networks.networks,
    "ports": ports.ports,
    "private_network": networks.private_network,
    "server_certificate": certificates.server_certificate,
    "server_options": server_options.server_options,
}

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Droplets of the API as real machines: logins, packets, reboots, and nothing that is left."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.waiter import Waiter
from ansible_collections.mlops.mlflow.plugins.modules import cloud_firewall, droplet, ssh_key, tag, vpc
from ansible_collections.mlops.mlflow.sandbox import engine, image, machine, network
from ansible_collections.mlops.mlflow.sandbox.cloud.api.service import application
from ansible_collections.mlops.mlflow.sandbox.cloud.real.droplets import Droplets
from ansible_collections.mlops.mlflow.tests.unit.cloud import conftest as service

certificate, front, cloud, ask, run, run_alone = (
    service.certificate,
    service.front,
    service.cloud,
    service.ask,
    service.run,
    service.run_alone,
)
public_key = service.public_key

NAME, PUBLIC = "hn-test", ("hn-test-public", "10.62.0.0/24")
LABEL = f"{machine.SANDBOX}={NAME}"
EVERYWHERE = {"addresses": ["0.0.0.0/0"]}
SSH = {"protocol": "tcp", "ports": "22", "sources": EVERYWHERE}
OUT = [{"protocol": protocol, "ports": "all", "destinations": EVERYWHERE} for protocol in ("tcp", "udp")]
FENCE = {"name": "fence", "tags": ["web"], "outbound_rules": OUT}
USER_DATA = "#!/bin/sh\necho hello > /root/hello\n"
APT_IS_FREE = "import fcntl; fcntl.lockf(open('/var/lib/dpkg/lock-frontend', 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
BOOTED = "cut -d' ' -f22 /proc/1/stat"  # when the first process began


@pytest.fixture
def droplets(docker, cloud, run, monkeypatch):
    """Have real droplets behind the API, and none at the end."""
    monkeypatch.setattr(Waiter, "sleep", staticmethod(lambda seconds: time.sleep(min(seconds, 0.3))))
    image.droplet("bookworm")
    network.ensure(*PUBLIC, LABEL)
    cloud.world.droplets = Droplets(NAME, NAME, PUBLIC)
    cloud.world.droplets.resume(cloud)
    yield cloud.world.droplets
    cloud.wait_until_idle()
    cloud.world.droplets.close()
    for container in left("ps", "--all"):
        engine.docker("rm", "--force", "--volumes", container)
    network.remove(LABEL)


@pytest.fixture
def web(droplets, run, public_key):
    """Make one droplet in a VPC, behind a firewall that lets in SSH, and return what the module says of it."""
    run(ssh_key, name="me", public_key=public_key)
    run(vpc, name="default", region="fra1", ip_range="10.62.32.0/24")
    run(vpc, name="net", region="fra1", ip_range="10.62.16.0/24")
    run(tag, names=["web", "friend"])
    run(cloud_firewall, **FENCE, inbound_rules=[SSH])
    fingerprint = run(ssh_key, name="me", public_key=public_key)["ssh_key"]["fingerprint"]
    wish = {
        "region": "fra1",
        "size": "s-1vcpu-1gb",
        "vpc": "net",
        "image": "debian-12-x64",
        "ssh_keys": [fingerprint],
        "tags": ["web"],
    }
    result = run(droplet, names=["web"], user_data=USER_DATA, **wish)
    assert "droplets" in result, result
    return result["droplets"][0] | {"wish": wish}


@pytest.fixture
def ssh(web, tmp_path):
    """Return a function that runs a command on the droplet as root, by its public address."""
    options = [
        "-i",
        tmp_path / "id",
        "-o",
        f"UserKnownHostsFile={tmp_path}/known_hosts",
        "-o",
        "StrictHostKeyChecking=accept-new",
        "-o",
        "ConnectTimeout=5",
    ]

    def call(command, *, may_fail=False):
        until(lambda: reached(web["public_ipv4"], 22) == "open")
        done = subprocess.run(
            ["ssh", *options, f"root@{web['public_ipv4']}", command], capture_output=True, text=True, check=False
        )
        assert may_fail or done.returncode == 0, done.stderr
        return done.stdout.strip()

    return call


@pytest.fixture
def act(web, ask):
    """Return a function that has an action done, and returns the droplet's status and the containers that run then."""

    def call(verb):
        assert ask("POST", f"/v2/droplets/{web['id']}/actions", {"type": verb})[0] == 201
        until(lambda: not ask("GET", f"/v2/droplets/{web['id']}")[1]["droplet"]["locked"])
        return ask("GET", f"/v2/droplets/{web['id']}")[1]["droplet"]["status"], left("ps")

    return call


def left(*listing):
    return engine.docker(
        *listing, "--filter", f"label={LABEL}", "--format", "{{.Names}}" if "ps" in listing else "{{.Name}}"
    ).splitlines()


def reached(address, port):
    """Return whether a port answers: "open", "closed", or "silent" where packets are dropped."""
    try:
        socket.create_connection((address, port), timeout=1).close()
    except ConnectionRefusedError:
        return "closed"
    except TimeoutError:
        return "silent"
    return "open"


def until(condition, seconds=180):
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def test_root_logs_in_with_the_key_to_a_machine_of_its_name_with_both_legs(web, ssh):
    assert ssh("hostname; whoami") == "web\nroot"
    # Of the names only: in 1 of 6 starts Docker makes the second one first, and `hostname -I` then tells it first
    legs = {tuple(line.split()[1:4:2]) for line in ssh("ip -o -4 address show scope global").splitlines()}
    anchor = ("eth0", f"10.19.0.{5 + web['id'] % 60000}/16")  # fra1 keeps 10.19.0.0/16
    assert legs == {("eth0", f"{web['public_ipv4']}/24"), ("eth1", f"{web['private_ipv4']}/24"), anchor}
    assert f"via 10.62.0.1 dev {ssh('ip -o route get 10.62.0.1').split()[2]}" in ssh("ip route show default")
    assert ssh("cat /etc/os-release").splitlines()[0].startswith('PRETTY_NAME="Debian GNU/Linux 12')


def test_first_boot_is_that_of_cloud_init(cloud, web, ssh, run):
    assert "DataSourceNoCloud" in ssh("cloud-init status --wait --long")
    assert ssh("cat /root/hello") == "hello"
    assert ssh("systemctl is-system-running") == "running"
    assert ssh("stat -c %Y /var/lib/apt/lists") == "0"  # empty lists look old, so that a play reads them anew

    cloud.faults.add(kind="slow", path="apt", seconds=10)
    config = {"write_files": [{"path": "/root/written", "content": "by cloud-config"}], "runcmd": ["touch /root/ran"]}
    other = run(droplet, names=["web-2"], user_data=f"#cloud-config\n{json.dumps(config)}", **web["wish"])["droplets"][
        0
    ]
    container = f"{NAME}-droplet-{other['id']}"
    until(lambda: "held" in engine.docker("exec", container, "sh", "-c", 'python3 -c "$0" || echo held', APT_IS_FREE))
    engine.docker("exec", container, "cloud-init", "status", "--wait")
    engine.docker("exec", container, "python3", "-c", APT_IS_FREE)
    assert (
        engine.docker("exec", container, "sh", "-c", "cat /root/written; ls /root/ran; hostname")
        == "by cloud-config/root/ran\nweb-2"
    )


def test_firewall_closes_and_opens_ports_and_a_reboot_keeps_it_so(cloud, web, ssh, run, act):
    address = web["public_ipv4"]
    ssh("cloud-init status --wait")  # the first boot restarts sshd
    assert reached(address, 22) == "open"
    assert reached(address, 8000) == "silent"
    web_port = {"protocol": "tcp", "ports": "8000-8010", "sources": {"addresses": ["10.62.0.0/24"]}}
    run(cloud_firewall, **FENCE, inbound_rules=[SSH, web_port])
    assert reached(address, 8000) == "closed"

    for verb in ("reboot", "power_cycle"):
        first = ssh(BOOTED)
        if verb == "reboot":
            ssh("systemctl reboot", may_fail=True)
        else:
            act(verb)
        until(lambda before=first: ssh(BOOTED, may_fail=True) not in ("", before))
        assert reached(address, 8000) == "closed"
        assert reached(address, 9000) == "silent"

    run(cloud_firewall, **FENCE, inbound_rules=[])
    assert reached(address, 22) == "silent"
    run(cloud_firewall, name="fence", state="absent")
    cloud.wait_until_idle()
    assert reached(address, 9000) == "closed"


def test_droplets_of_a_tag_are_let_in_and_others_are_not_and_icmp_is_a_rule_of_its_own(web, run):
    from_friends = {"protocol": "tcp", "ports": "8000", "sources": {"tags": ["friend"]}}
    ping_friends = {"protocol": "icmp", "sources": {"tags": ["friend"]}}
    run(cloud_firewall, **FENCE, inbound_rules=[SSH, from_friends])
    other = run(droplet, names=["other"], **web["wish"] | {"tags": []})["droplets"][0]
    inside = f"{NAME}-droplet-{other['id']}"

    def seen_from_other(address):
        script = f"import socket; s = socket.socket(); s.settimeout(1); print(s.connect_ex(('{address}', 8000)))"
        return {"11": "silent", "111": "closed"}.get(engine.docker("exec", inside, "python3", "-c", script))

    def pings():
        script = (
            "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); s.settimeout(1);"
            f"s.sendto(bytes.fromhex('0800f7ff00000000'), ('{web['private_ipv4']}', 0)); print(len(s.recv(99)))"
        )
        try:
            return engine.docker("exec", inside, "python3", "-c", script) != ""
        except engine.EngineError:
            return False

    addresses = (web["public_ipv4"], web["private_ipv4"])
    assert [seen_from_other(address) for address in addresses] == ["silent", "silent"]
    run(droplet, names=["other"], tags=["friend"])
    assert [seen_from_other(address) for address in addresses] == ["closed", "closed"]
    assert not pings()
    run(cloud_firewall, **FENCE, inbound_rules=[SSH, from_friends, ping_friends])
    assert pings()


def test_what_may_not_go_out_does_not(web, ssh, run):
    ask = "python3 -c \"import socket; s = socket.socket(); s.settimeout(1); print(s.connect_ex(('10.62.0.1', 9)))\""
    assert ssh(ask) == "111"
    run(cloud_firewall, **FENCE | {"outbound_rules": []}, inbound_rules=[SSH])
    assert ssh(ask) == "11"


def test_service_that_was_killed_goes_on_with_the_droplets_that_are_there(cloud, front, web, ssh, droplets):
    boot = ssh(BOOTED)
    droplets.close()
    cloud.world.droplets = Droplets(NAME, NAME, PUBLIC)
    front.application = application(cloud)
    assert ssh(BOOTED) == boot
    engine.docker("kill", left("ps")[0])
    until(lambda: cloud.store.get("droplet", web["id"])["status"] == "off", 10)
    cloud.world.droplets.close()


def test_power_is_real(act):
    assert act("shutdown") == ("off", [])
    assert act("power_on")[0] == "active"
    assert act("reboot")[0] == "active"
    assert act("power_off") == ("off", [])


def test_removed_by_two_at_once_it_is_gone_when_either_returns(web):
    container = left("ps")[0]

    def remove_and_look(_):
        machine.remove(container)
        return machine.inspect(container)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(remove_and_look, range(2))) == [None, None]
    machine.remove(container)


def test_deletion_leaves_nothing(cloud, web, run):
    assert len(left("ps", "--all")) == 1
    assert run(droplet, names=["web"], state="absent")["changed"]
    assert run(vpc, name="net", state="absent")["changed"]
    cloud.wait_until_idle()
    assert left("ps", "--all") == []
    assert sorted(left("network", "ls")) == sorted([PUBLIC[0], f"{NAME}-vpc-{cloud.store.all('vpc')[0]['id'][:8]}"])

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apache Libcloud's driver."""

from __future__ import annotations

from urllib.parse import urlsplit

import libcloud.security
import pytest
from libcloud.common.digitalocean import DigitalOcean_v2_Connection
from libcloud.common.types import InvalidCredsError
from libcloud.compute.providers import get_driver
from libcloud.compute.types import NodeState, Provider

from .conftest import TOKEN


@pytest.fixture
def connect(cloud, certificate, monkeypatch):
    monkeypatch.setattr(libcloud.security, "CA_CERTS_PATH", str(certificate / "ca.crt"))
    monkeypatch.setenv("NO_PROXY", "localhost")
    where = urlsplit(cloud.url)
    # the driver's own arguments for them are refused
    monkeypatch.setattr(DigitalOcean_v2_Connection, "host", where.hostname)

    def call(token=TOKEN):
        driver = get_driver(Provider.DIGITAL_OCEAN)(token)
        driver.connection.connect(port=where.port)
        return driver

    return call


@pytest.fixture
def driver(connect):
    return connect()


@pytest.fixture
def node(cloud, driver):
    """Return a droplet of the driver."""
    size = next(size for size in driver.list_sizes() if size.name == "s-1vcpu-1gb")
    image = next(image for image in driver.list_images() if image.extra["slug"] == "debian-12-x64")
    location = next(location for location in driver.list_locations() if location.id == "fra1")
    driver.create_node("mlflow-1", size, image, location, ex_create_attr={"tags": ["mlflow"], "monitoring": True})
    cloud.wait_until_idle()
    return driver.list_nodes()[0]


def test_sizes_have_prices_and_memory(driver):
    sizes = {size.name: size for size in driver.list_sizes()}
    assert sizes["s-1vcpu-1gb"].ram == 1024
    assert sizes["s-1vcpu-1gb"].extra["price_monthly"] == 6.0


def test_locations_and_images_are_listed(driver):
    assert "fra1" in [location.id for location in driver.list_locations()]
    assert "Debian" in {image.extra["distribution"] for image in driver.list_images()}


def test_droplet_runs_and_has_addresses(node):
    assert node.state == NodeState.RUNNING
    assert node.public_ips
    assert node.private_ips
    assert node.extra["tags"] == ["mlflow"]


def test_droplet_is_rebooted_renamed_and_looked_at(cloud, driver, node):
    assert driver.reboot_node(node)
    cloud.wait_until_idle()
    assert driver.ex_rename_node(node, "renamed")
    cloud.wait_until_idle()
    assert driver.ex_get_node_details(node.id).name == "renamed"


def test_droplet_is_shut_down_and_powered_on(cloud, driver, node):
    for act, state in ((driver.ex_shutdown_node, NodeState.STOPPED), (driver.ex_power_on_node, NodeState.RUNNING)):
        assert act(node)
        cloud.wait_until_idle()
        assert driver.ex_get_node_details(node.id).state == state


def test_droplet_is_destroyed(cloud, driver, node):
    assert driver.destroy_node(node)
    cloud.wait_until_idle()
    assert driver.list_nodes() == []


def test_key_pair_is_created_found_and_deleted(driver, public_key):
    key = driver.create_key_pair("mlflow", public_key)
    assert [each.fingerprint for each in driver.list_key_pairs()] == [key.fingerprint]
    assert driver.get_key_pair("mlflow").public_key == public_key
    assert driver.delete_key_pair(key)
    assert driver.list_key_pairs() == []


def test_more_droplets_than_a_page_are_all_listed(cloud, driver, node):
    for number in range(30):
        twin = {**cloud.store.get("droplet", node.id), "id": 900000 + number, "name": f"droplet-{number}"}
        cloud.store.put("droplet", twin["id"], twin)
    assert len(driver.list_nodes()) == 31


def test_token_that_is_wrong_is_refused(connect):
    with pytest.raises(InvalidCredsError):
        connect("dop_v1_wrong").list_nodes()

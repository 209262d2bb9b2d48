# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.modules import cost

from .conftest import requests


def test_adds_up_what_is_asked_for(cloud, run):
    result = run(cost, region="ams3", droplet_sizes=["s-2vcpu-4gb"] * 2, database_size="db-s-1vcpu-2gb", spaces=True)
    assert [line["count"] for line in result["lines"]] == [2, 1, 1]
    assert result["lines"][0]["monthly"] == 48
    assert "about 83.45 US dollars a month" in result["sentence"]
    assert not result["changed"]
    assert len(requests(cloud)) == 1


def test_backups_are_a_fifth_of_the_droplet(run):
    assert run(cost, region="ams3", droplet_sizes=["s-1vcpu-1gb"], backups=True)["lines"][1]["monthly"] == 1.2


def test_price_that_is_not_known_is_said(run):
    assert "of unknown price" in run(cost, region="ams3", database_size="db-intel-2vcpu-4gb")["sentence"]


def test_size_that_does_not_exist_is_refused(run):
    assert "there is no size s-9vcpu" in run(cost, region="ams3", droplet_sizes=["s-9vcpu"])["msg"]


def test_size_that_the_region_lacks_is_refused(cloud, run):
    assert "region xyz1 has no s-1vcpu-1gb" in run(cost, region="xyz1", droplet_sizes=["s-1vcpu-1gb"])["msg"]

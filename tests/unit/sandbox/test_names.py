# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of hosts in the sandbox: those of the cloud, under .test."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.sandbox import hostnames, regions


def test_hosts_of_a_cluster_are_built_as_the_cloud_builds_them():
    public, private = hostnames.database("db-postgresql-fra1-12345", 1908)
    assert public == "db-postgresql-fra1-12345-do-user-1908-0.b.db.ondigitalocean.test"
    assert private == f"private-{public}"


def test_longest_name_of_a_cluster_still_fits_into_a_label():
    public, private = hostnames.database("a" * 63, 19081923)
    assert len(private.partition(".")[0]) == 63
    assert private == f"private-{public}"
    assert public.endswith("a-do-user-19081923-0.b.db.ondigitalocean.test")


def test_cut_name_leaves_no_hyphen_before_its_end():
    assert "a-do-user" in hostnames.database("a" * 36 + "-" * 5 + "b", 19081923)[0]


def test_spaces_have_a_host_in_each_region():
    assert hostnames.spaces("ams3") == "ams3.digitaloceanspaces.test"


def test_store_knows_the_hosts_of_all_regions_that_have_spaces(root):
    line = next(
        line for line in (root / "sandbox/s3/ceph.conf").read_text().splitlines() if line.startswith("rgw_dns_name")
    )
    assert line.partition(" = ")[2].split(", ") == [hostnames.spaces(region) for region in regions.with_spaces()]

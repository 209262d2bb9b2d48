# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The droplets of an account, which a task lists once, however many it names."""

from __future__ import annotations

import itertools

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import ask, last_page, only, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.vpcs import vpc_id


class Account:
    """What all droplets of a task have to look up, once."""

    def __init__(self, client, owner_tag):
        self.client, self.owner_tag = client, owner_tag
        self.listed, self.network, self.policies = None, None, None

    def droplet(self, name):
        """Return the droplet of this name in the listing of the account, or of the owner's tag."""
        if self.listed is None:
            tagged = {"tag_name": self.owner_tag} if self.owner_tag else {}
            self.listed = list(pages(self.client.droplets.list, "droplets", **tagged))
        return only("droplet", name, self.listed)

    def owned(self):
        """Return the droplets that have the owner's tag, whatever their names.

        The tag is checked again, as an API that ignores the filter lists all.
        """
        listed = pages(self.client.droplets.list, "droplets", tag_name=self.owner_tag)
        return [thing for thing in listed if tagged(thing, self.owner_tag)]

    def named(self, name):
        """Return the droplets of this name, whoever owns them."""
        return [thing for thing in pages(self.client.droplets.list, "droplets", name=name) if thing["name"] == name]

    def backup_policy(self, identity):
        """Return when backups of a droplet are made, as the API says; empty where none are."""
        if self.policies is None:
            self.policies = {}
            for page in itertools.count(1):
                answer = ask(self.client.droplets.list_backup_policies, per_page=200, page=page)
                new = answer["policies"].keys() - self.policies.keys()
                self.policies |= answer["policies"]
                if last_page(answer, new, len(self.policies)):
                    break
        return self.policies.get(str(identity), {}).get("backup_policy") or {}

    def vpc(self, name_or_id):
        """Return the id of the VPC of all droplets, which is given by name or id."""
        if self.network is None:
            self.network = vpc_id(self.client, name_or_id)
        return self.network


def tagged(thing, tag):
    """Return whether a droplet has a tag, which the cloud compares without regard to case."""
    return tag.lower() in (name.lower() for name in thing["tags"])

# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lifecycle rules of a bucket, as S3 has them and as the options of a module do."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import NotFound

ACTIONS = {  # option: where S3 has it
    "expiration_days": ("Expiration", "Days"),
    "noncurrent_version_expiration_days": ("NoncurrentVersionExpiration", "NoncurrentDays"),
    "abort_incomplete_multipart_upload_days": ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
}


def rules_of(bucket):
    """Return the rules of a bucket in the names of the options; the server has an error for none."""
    try:
        return in_order(map(observed_rule, bucket.ask("get_bucket_lifecycle_configuration").get("Rules", [])))
    except NotFound as error:
        if "NoSuchLifecycleConfiguration" in str(error):
            return []
        raise


def observed_rule(rule):
    """Return a rule of the server in the names of the options.

    One that says more than they can is shown whole, so that it differs.
    """
    prefix = rule.get("Prefix") or rule.get("Filter", {}).get("Prefix", "")
    observed = {"id": rule.get("ID", ""), "prefix": prefix, "enabled": rule["Status"] == "Enabled"}
    observed |= {option: rule.get(action, {}).get(days) for option, (action, days) in ACTIONS.items()}
    whole = {key: value for key, value in rule.items() if key != "Prefix"} | {
        "Filter": {"Prefix": prefix} | rule.get("Filter", {})
    }
    return observed if rule_of(observed) == whole else observed | {"more": repr(rule)}


def rule_of(rule):
    """Return a rule in S3's terms."""
    actions = {action: {days: rule[option]} for option, (action, days) in ACTIONS.items() if rule[option]}
    return {
        "ID": rule["id"],
        "Filter": {"Prefix": rule["prefix"]},
        "Status": "Enabled" if rule["enabled"] else "Disabled",
        **actions,
    }


def in_order(rules):
    """Return rules in one order, as the server may have another."""
    return sorted(rules, key=lambda rule: rule["id"])

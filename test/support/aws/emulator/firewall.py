"""Security groups: descriptions of rules between groups, and of rules for a list of addresses."""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule


def _description(rule: SecurityGroupRule) -> str | None:
    places = (rule.ip_range, rule.source_group, rule._prefix_list)
    return next(
        (place["Description"] for place in places if isinstance(place, dict) and place.get("Description")), None
    )


def install() -> None:
    initialise = SecurityGroupRule.__init__

    def keep(rule: SecurityGroupRule, *given: Any, **named: Any) -> None:
        initialise(rule, *given, **named)
        # moto keeps the id of the list only.
        rule._prefix_list = next(
            (one for one in (*given, *named.values()) if isinstance(one, dict) and "PrefixListId" in one), None
        )

    SecurityGroupRule.__init__ = keep
    SecurityGroupRule.description = property(_description)

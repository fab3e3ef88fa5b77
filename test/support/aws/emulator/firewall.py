"""Security groups: descriptions of rules between groups."""

from moto.ec2.models.security_groups import SecurityGroupRule


def _description(rule: SecurityGroupRule) -> str | None:
    places = (rule.ip_range, rule.source_group, rule.prefix_list_id)
    return next(
        (place["Description"] for place in places if isinstance(place, dict) and place.get("Description")), None
    )


def install() -> None:
    SecurityGroupRule.description = property(_description)

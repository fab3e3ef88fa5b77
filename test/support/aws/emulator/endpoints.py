"""VPC endpoints: the filter by ids, which moto lacks."""

from typing import Any

from moto.ec2.models import EC2Backend


def install() -> None:
    described = EC2Backend.describe_vpc_endpoints

    def describe(backend: EC2Backend, vpc_end_point_ids: list[str] | None, filters: Any = None) -> list[Any]:
        rest = dict(filters or {})
        wanted = rest.pop("vpc-endpoint-id", None)
        found = described(backend, vpc_end_point_ids, rest)
        return [one for one in found if wanted is None or one.id in wanted]

    EC2Backend.describe_vpc_endpoints = describe

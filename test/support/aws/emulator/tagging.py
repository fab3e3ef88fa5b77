"""The tagging API: leaves out deleted resources, and adds types that moto's tagging API lacks."""

from collections.abc import Iterator
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.ec2.models import ec2_backends
from moto.emr.models import emr_backends
from moto.events.models import events_backends
from moto.glue.models import glue_backends
from moto.kms.models import kms_backends
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

from .macie import Macie
from .msk import Stream
from .wire import ACCOUNT

DEAD = {"terminated", "deleted", "deleting", "PendingDeletion"}


def _dead(region: str) -> set[str]:
    """Name parts of the ARNs of resources that moto still has although they are deleted."""
    ec2 = ec2_backends[ACCOUNT][region]
    instances = (one for reservation in ec2.reservations.values() for one in reservation.instances)
    found = {f":instance/{one.id}" for one in instances if one.state in DEAD}
    found |= {f":natgateway/{one.id}" for one in ec2.nat_gateways.values() if one.state in DEAD}
    found |= {f":key/{key.id}" for key in kms_backends[ACCOUNT][region].keys.values() if key.key_state in DEAD}
    glue = glue_backends[ACCOUNT][region]
    alive = {f":database/{name}" for name in glue.databases} | {f":crawler/{name}" for name in glue.crawlers}
    kept = (":database/", ":crawler/")
    return found | {
        end
        for end in (f":{arn.split(':', 5)[5]}" for arn in glue.tagger.tags)
        if end.startswith(kept) and end not in alive
    }


def _others(region: str, stream: Stream, macie: Macie) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Type, ARN and tags."""
    for cluster in stream.clusters.values():
        if cluster["clusterArn"].split(":")[3] == region:
            yield "kafka:cluster", cluster["clusterArn"], cluster["tags"]
    for cluster in emr_backends[ACCOUNT][region].clusters.values():
        if not cluster.state.startswith("TERMINATED"):
            yield "elasticmapreduce:cluster", cluster.arn, cluster._tags
    for job in macie.jobs.values():
        if job["region"] == region and job["jobStatus"] != "CANCELLED":
            yield "macie2:classification-job", job["jobArn"], job["tags"]
    for function in lambda_backends[ACCOUNT][region].list_functions():
        yield "lambda:function", function.function_arn, function.tags
    events = events_backends[ACCOUNT][region]
    for bus in events.event_buses.values():
        for rule in bus.rules.values():
            listed = events.tagger.list_tags_for_resource(rule.arn)["Tags"]
            yield "events:rule", rule.arn, {tag["Key"]: tag["Value"] for tag in listed}
    ec2 = ec2_backends[ACCOUNT][region]
    more = {
        "vpc-endpoint": [one for one in ec2.vpc_end_points.values() if one.state not in DEAD],
        "elastic-ip": list(ec2.addresses),
        "key-pair": list(ec2.key_pairs.values()),
    }
    for kind, resources in more.items():
        for resource in resources:
            identifier = getattr(resource, "allocation_id", None) or resource.id
            arn = f"arn:aws:ec2:{region}:{ACCOUNT}:{kind}/{identifier}"
            yield f"ec2:{kind}", arn, dict(ec2.tags.get(identifier, {}))


def _matches(tags: dict[str, str], filters: list[dict[str, Any]] | None) -> bool:
    return bool(tags) and all(
        wanted["Key"] in tags and (not wanted.get("Values") or tags[wanted["Key"]] in wanted["Values"])
        for wanted in filters or []
    )


def install(stream: Stream, macie: Macie) -> None:
    generate = ResourceGroupsTaggingAPIBackend._get_resources_generator

    def living(
        backend: Any,
        tag_filters: list[dict[str, Any]] | None = None,
        resource_type_filters: list[str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        dead = _dead(backend.region_name)
        found = {
            item["ResourceARN"]: item
            for item in generate(backend, tag_filters=tag_filters, resource_type_filters=resource_type_filters)
            # moto does not apply the tag filter to all types.
            if _matches({tag["Key"]: tag["Value"] for tag in item["Tags"]}, tag_filters)
            and not any(item["ResourceARN"].endswith(end) for end in dead)
        }
        for kind, arn, tags in _others(backend.region_name, stream, macie):
            wanted = not resource_type_filters or {kind, kind.split(":")[0]} & set(resource_type_filters)
            if wanted and _matches(tags, tag_filters):
                shown = [{"Key": key, "Value": value} for key, value in tags.items()]
                found.setdefault(arn, {"ResourceARN": arn, "Tags": shown})
        return iter(found.values())

    ResourceGroupsTaggingAPIBackend._get_resources_generator = living

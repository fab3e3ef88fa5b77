"""The tagging API: adds types that moto's lacks, and goes on listing for a while what has just been deleted, as the real one does."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.emr.models import emr_backends
from moto.events.models import events_backends
from moto.glue.models import glue_backends
from moto.kms.models import kms_backends
from moto.resourcegroupstaggingapi.models import (
    ResourceGroupsTaggingAPIBackend,
    resourcegroupstaggingapi_backends,
)

from .account import Account
from .containers import Containers
from .macie import Macie
from .msk import Stream
from .wire import ACCOUNT, Call

# Services whose resources stay listed after their end.
SLOW = ("ec2", "elasticmapreduce", "kafka")
ENDS = re.compile(r"^(Delete|Terminate|Release|Revoke|Disassociate)")

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
    alive |= {f":job/{name}" for name in glue.jobs}
    kept = (":database/", ":crawler/", ":job/")
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
    ecr = ecr_backends[ACCOUNT][region]
    for repository in list(ecr.repositories.values()):
        listed = ecr.tagger.list_tags_for_resource(repository.arn)["tags"]
        yield "ecr:repository", repository.arn, {tag["Key"]: tag["Value"] for tag in listed}
    ec2 = ec2_backends[ACCOUNT][region]
    more = {
        "vpc-endpoint": [one for one in ec2.vpc_end_points.values() if one.state not in DEAD],
        "elastic-ip": list(ec2.addresses),
        "key-pair": list(ec2.key_pairs.values()),
        "security-group-rule": [
            rule
            for groups in ec2.groups.values()
            for group in groups.values()
            for rule in (*group.ingress_rules, *group.egress_rules)
        ],
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


class Memory:
    """What was listed just before something was deleted, and when."""

    def __init__(self, account: Account):
        # longer than a caller waits that trusts the list
        self.seconds = float(account.config.get("tagListSeconds") or 600)
        self.account = account
        self.living: Callable[[Any], dict[str, dict[str, Any]]]
        self._seen: dict[str, dict[str, tuple[float, dict[str, Any]]]] = {}

    def watch(self, call: Call) -> None:
        if call.service not in ("ec2", "emr", "kafka") or not ENDS.match(call.operation):
            return
        with self.account.locks.hold("resourcegroupstaggingapi"):
            backend = resourcegroupstaggingapi_backends[ACCOUNT][call.region]
            for item in self.living(backend).values():
                if item["ResourceARN"].split(":")[2] in SLOW:
                    self._seen.setdefault(call.region, {})[item["ResourceARN"]] = (time.time(), item)

    def recent(self, region: str) -> Iterator[dict[str, Any]]:
        for at, item in list(self._seen.get(region, {}).values()):
            if time.time() - at < self.seconds:
                yield item


def install(account: Account, stream: Stream, macie: Macie, containers: Containers) -> None:
    generate = ResourceGroupsTaggingAPIBackend._get_resources_generator
    memory = Memory(account)

    def living(backend: Any, tag_filters: Any = None, types: list[str] | None = None) -> dict[str, dict[str, Any]]:
        dead = _dead(backend.region_name)
        found = {
            item["ResourceARN"]: item
            for item in generate(backend, tag_filters=tag_filters or [], resource_type_filters=types)
            # moto does not apply the tag filter to all types.
            if _matches({tag["Key"]: tag["Value"] for tag in item["Tags"]}, tag_filters)
            and not any(item["ResourceARN"].endswith(end) for end in dead)
        }
        for kind, arn, tags in (*_others(backend.region_name, stream, macie), *containers.tagged(backend.region_name)):
            wanted = not types or {kind, kind.split(":")[0]} & set(types)
            if wanted and _matches(tags, tag_filters):
                shown = [{"Key": key, "Value": value} for key, value in tags.items()]
                found.setdefault(arn, {"ResourceARN": arn, "Tags": shown})
        return found

    def listed(
        backend: Any,
        tag_filters: list[dict[str, Any]] | None = None,
        resource_type_filters: list[str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        found = living(backend, tag_filters, resource_type_filters)
        for item in [] if resource_type_filters else memory.recent(backend.region_name):
            if _matches({tag["Key"]: tag["Value"] for tag in item["Tags"]}, tag_filters):
                found.setdefault(item["ResourceARN"], item)
        return iter(found.values())

    memory.living = living
    account.watchers.append(memory.watch)
    ResourceGroupsTaggingAPIBackend._get_resources_generator = listed

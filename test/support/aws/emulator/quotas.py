"""Service Quotas, and the services that refuse what is beyond a quota, or what is not offered here (conditions.py)."""

from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.models.instance_types import INSTANCE_TYPES, InstanceTypeOfferingBackend
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.models.vpcs import VPCBackend
from moto.emr.models import ElasticMapReduceBackend
from moto.sts.models import STSBackend

from .account import Account
from .conditions import QUOTAS
from .wire import ACCOUNT, Answer, AwsError, Call

# Families that share the quota of standard instances.
STANDARD = set("acdhimrtz")


def _virtual(instance_type: str) -> int:
    """vCPUs of a standard instance type, 0 for others."""
    known = INSTANCE_TYPES.get(instance_type) or {}
    family = instance_type[:1] if not instance_type.startswith(("inf", "trn", "mac", "dl")) else ""
    return int((known.get("VCpuInfo") or {}).get("DefaultVCpus", 1)) if family in STANDARD else 0


def _running(backend: Any) -> list[Any]:
    return [
        instance
        for reservation in backend.reservations.values()
        for instance in reservation.instances
        if instance.state in ("pending", "running")
    ]


def _quota(account: Account, call: Call) -> dict[str, Any]:
    asked = call.json()
    code = f"{asked['ServiceCode']}/{asked['QuotaCode']}"
    if code not in QUOTAS:
        raise AwsError("NoSuchResourceException", f"There is no quota {code}.")
    shown = {"ServiceCode": asked["ServiceCode"], "QuotaCode": asked["QuotaCode"], "QuotaName": QUOTAS[code][0]}
    return {"Quota": {**shown, "Value": account.conditions.quotas[code], "Adjustable": True, "GlobalQuota": False}}


def _limit_machines(account: Account) -> None:
    run, offered = InstanceBackend.run_instances, InstanceTypeOfferingBackend.describe_instance_type_offerings

    def run_instances(backend: Any, image_id: str, count: int, *more: Any, **named: Any) -> Any:
        wanted = named.get("instance_type") or "m1.small"
        limit = account.conditions.quotas["ec2/L-1216C47A"]
        used = sum(_virtual(instance.instance_type) for instance in _running(backend))
        if _virtual(wanted) > 0 and used + count * _virtual(wanted) > limit:
            raise EC2ClientError(
                "VcpuLimitExceeded",
                f"You have requested more vCPU capacity than your current vCPU limit of {limit:g} allows for the instance "
                "bucket that the specified instance type belongs to. Please visit "
                "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
            )
        subnet = backend.subnets_by_id().get(named.get("subnet_id"))
        zone = subnet.availability_zone if subnet else None
        if wanted in account.conditions.withheld.get(zone or "", []):
            raise EC2ClientError(
                "Unsupported",
                f"Your requested instance type ({wanted}) is not supported in your requested Availability Zone ({zone}).",
            )
        if wanted in account.conditions.exhausted.get(zone or "", []):
            raise EC2ClientError(
                "InsufficientInstanceCapacity",
                f"We currently do not have sufficient {wanted} capacity in the Availability Zone you requested ({zone}). "
                "Our system will be working on provisioning additional capacity.",
            )
        return run(backend, image_id, count, *more, **named)

    def subnets_by_id(backend: Any) -> dict[str, Any]:
        return {identifier: subnet for zones in backend.subnets.values() for identifier, subnet in zones.items()}

    def offerings(backend: Any, location_type: str | None = None, filters: Any = None) -> list[Any]:
        withheld = account.conditions.withheld
        return [
            one
            for one in offered(backend, location_type=location_type, filters=filters)
            if one["InstanceType"] not in withheld.get(one["Location"], [])
        ]

    InstanceBackend.run_instances, InstanceBackend.subnets_by_id = run_instances, subnets_by_id
    InstanceTypeOfferingBackend.describe_instance_type_offerings = offerings

    started = ElasticMapReduceBackend.run_instances

    def start_nodes(backend: Any, cluster_id: str, *more: Any, **named: Any) -> None:
        """EMR accepts the request; the cluster ends when it gets no nodes."""
        try:
            started(backend, cluster_id, *more, **named)
        except EC2ClientError as refused:
            cluster = backend.clusters[cluster_id]
            cluster.terminate()
            cluster.state, cluster.last_state_change_reason = "TERMINATED_WITH_ERRORS", refused.message

    ElasticMapReduceBackend.run_instances = start_nodes


def _limit_network(account: Account) -> None:
    allocate, create = ElasticAddressBackend.allocate_address, VPCBackend.create_vpc

    def allocate_address(backend: Any, *more: Any, **named: Any) -> Any:
        if len(backend.addresses) >= account.conditions.quotas["ec2/L-0263D0A3"]:
            raise EC2ClientError("AddressLimitExceeded", "The maximum number of addresses has been reached.")
        return allocate(backend, *more, **named)

    def create_vpc(backend: Any, *more: Any, **named: Any) -> Any:
        # The first one is the region's default.
        if len(backend.vpcs) > 0 and len(backend.vpcs) >= account.conditions.quotas["vpc/L-F678F1CE"]:
            raise EC2ClientError("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
        return create(backend, *more, **named)

    ElasticAddressBackend.allocate_address, VPCBackend.create_vpc = allocate_address, create_vpc


def _refuse_cluster(account: Account, call: Call) -> None:
    label = call.json().get("ReleaseLabel")
    if label is not None and label not in account.conditions.emr_releases:
        raise AwsError("ValidationException", f"The supplied release label is invalid: {label}.")


def _refuse_brokers(account: Account, call: Call) -> None:
    asked = call.json().get("provisioned", call.json())
    version = asked.get("kafkaVersion")
    if version is not None and version not in account.conditions.kafka_versions:
        raise AwsError("BadRequestException", f"Unsupported KafkaVersion [{version}].")
    subnets = ec2_backends[ACCOUNT][call.region].subnets_by_id()
    given = (asked.get("brokerNodeGroupInfo") or {}).get("clientSubnets") or []
    zones = [subnets[one].availability_zone for one in given if one in subnets]
    if len(set(zones)) < len(zones):
        raise AwsError("BadRequestException", "Specify client subnets in different Availability Zones.")


def refusal(account: Account, call: Call) -> AwsError | None:
    """Why the service refuses a call before it does anything."""
    if call.service == "s3":
        bucket = call.labels.get("Bucket") or call.path.strip("/").split("/")[0]
        status = account.conditions.foreign_buckets.get(bucket)
        if status is None:
            return None
        if call.operation == "CreateBucket":
            return AwsError("BucketAlreadyExists", "The requested bucket name is not available.", 409)
        return AwsError("PermanentRedirect" if status == 301 else "AccessDenied", "Access Denied", status)
    refuse = {("emr", "RunJobFlow"): _refuse_cluster}.get((call.service, call.operation))
    if call.service == "kafka" and call.operation in ("CreateCluster", "CreateClusterV2", "UpdateClusterKafkaVersion"):
        refuse = _refuse_brokers
    try:
        if refuse:
            refuse(account, call)
    except AwsError as refused:
        return refused
    return None


def _simulate(account: Account, call: Call) -> Answer:
    """Decisions of IAM for actions: denied are those that the test has named, by the action or by its service."""
    form = parse_qs(call.body.decode())
    denied = account.conditions.denied_rights
    actions = [values[0] for key, values in sorted(form.items()) if key.startswith("ActionNames.member.")]
    results = "".join(
        f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>*</EvalResourceName>"
        f"<EvalDecision>{'implicitDeny' if action in denied or action.split(':')[0] + ':*' in denied else 'allowed'}</EvalDecision>"
        "<MissingContextValues/></member>"
        for action in actions
    )
    body = (
        '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>'
        f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>"
        "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    )
    return Answer(200, body.encode(), {"content-type": "text/xml"})


def install(account: Account) -> None:
    _limit_machines(account)
    _limit_network(account)
    account.serve("service-quotas", "GetServiceQuota", lambda call: _quota(account, call))
    account.serve("service-quotas", "GetAWSDefaultServiceQuota", lambda call: _quota(account, call))
    account.serve("emr", "ListReleaseLabels", lambda call: _releases(account, call))
    account.serve("kafka", "ListKafkaVersions", lambda _: _versions(account))
    account.serve("iam", "SimulatePrincipalPolicy", lambda call: _simulate(account, call))
    identify = STSBackend.get_caller_identity

    def caller(backend: Any, access_key_id: str, region: str) -> tuple[str, str, str]:
        identifier, arn, number = identify(backend, access_key_id, region)
        known = not arn.endswith(":user/moto")
        service = "sts" if account.conditions.caller.startswith("assumed-role/") else "iam"
        return identifier, arn if known else f"arn:aws:{service}::{number}:{account.conditions.caller}", number

    STSBackend.get_caller_identity = caller


def _releases(account: Account, call: Call) -> dict[str, Any]:
    filters = call.json().get("Filters") or {}
    found = [one for one in account.conditions.emr_releases if one.startswith(filters.get("Prefix") or "")]
    return {"ReleaseLabels": found}


def _versions(account: Account) -> dict[str, Any]:
    return {"kafkaVersions": [{"version": one, "status": "ACTIVE"} for one in account.conditions.kafka_versions]}

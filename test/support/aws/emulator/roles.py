"""IAM for the roles of a lake: each process in the account signs with a key of its role, and its calls are measured by the role's statements.

Keys of others, such as those of the test itself, are of an administrator. Evaluation: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import gzip
import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.emr.models import emr_backends
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends

from .wire import ACCOUNT, AwsError, Call

# The id of a role's key; the secret is that of the account's keys.
KEY = "ROLE."

# IAM's name of a service, where it is not that of the SDK's model.
PREFIXES = {"emr": "elasticmapreduce", "resourcegroupstaggingapi": "tag"}
# IAM's action of an operation, where it has another name ("Actions" in the Service Authorization Reference).
ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:UploadPartCopy": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:ListParts": "s3:ListMultipartUploadParts",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
}
# What every identity may do.
FREE = {"sts:GetCallerIdentity"}


@dataclass
class Asked:
    """A right that a call needs: on each of the resources; None where they are not worked out, so that only the action counts."""

    action: str
    resources: list[str] | None = None
    context: dict[str, str] = field(default_factory=dict)


@dataclass
class Verdict:
    allowed: bool
    # the resource that no statement has
    lacking: str | None = None
    # patterns of the statements that allowed it
    by: set[str] = field(default_factory=set)


class Roles:
    """Judges calls, and keeps which rights of each role were used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[str, dict[str, set[str]]] = {}

    def key_of(self, role: str | None) -> str | None:
        """The id of the key of a role by its name or ARN; None for one that does not exist."""
        name = (role or "").rsplit("/", 1)[-1]
        return f"{KEY}{name}" if name and _role(name) is not None else None

    def refusal(self, call: Call) -> AwsError | None:
        """Why the role that signed a call may not make it; a call that it may make counts as a use of its rights."""
        if not call.key.startswith(KEY):
            return None
        role = call.key[len(KEY) :]
        for asked in rights_of(call):
            if asked.action in FREE:
                continue
            lacking = self.judge(role, asked)
            if lacking is not None:
                who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/emulated"
                message = f"User: {who} is not authorized to perform: {asked.action} on resource: {lacking}"
                code = {"s3": "AccessDenied", "ec2": "UnauthorizedOperation", "sns": "AuthorizationError"}.get(
                    call.service, "AccessDeniedException"
                )
                return AwsError(code, message, 403)
        return None

    def judge(self, role: str, asked: Asked) -> str | None:
        """The resource on which the role has not the right; None where it has it everywhere."""
        verdict = evaluate(statements_of(role), asked)
        with self._lock:
            if verdict.allowed:
                self._used.setdefault(role, {}).setdefault(asked.action, set()).update(verdict.by)
        return None if verdict.allowed else verdict.lacking or "*"

    def used(self) -> dict[str, dict[str, list[str]]]:
        """By role and action: the resources, as its statements write them, by which calls were allowed."""
        with self._lock:
            return {
                role: {action: sorted(patterns) for action, patterns in sorted(actions.items())}
                for role, actions in sorted(self._used.items())
            }

    def granted(self) -> dict[str, list[dict[str, Any]]]:
        """The statements of each role that is there."""
        names = {role.name for backend in iam_backends[ACCOUNT].values() for role in list(backend.roles.values())}
        return {name: statements_of(name) for name in sorted(names)}


def _role(name: str) -> Any:
    for backend in iam_backends[ACCOUNT].values():
        for role in list(backend.roles.values()):
            if role.name == name:
                return role
    return None


def role_of_profile(profile: str | None) -> str | None:
    """The role in an instance profile, by its name or ARN."""
    name = (profile or "").rsplit("/", 1)[-1]
    for backend in iam_backends[ACCOUNT].values():
        for found in list(backend.instance_profiles.values()):
            if found.name == name and found.roles:
                return found.roles[0].name
    return None


def statements_of(role: str) -> list[dict[str, Any]]:
    """The statements of a role's own policies. What AWS manages is for services that do not call here."""
    found = _role(role)
    documents = [] if found is None else [json.loads(unquote(text)) for text in found.policies.values()]
    return [statement for document in documents for statement in _listed(document["Statement"])]


def evaluate(statements: list[dict[str, Any]], asked: Asked) -> Verdict:
    """Whether statements allow a right on all of its resources, and no statement denies it."""
    by: set[str] = set()
    for resource in asked.resources if asked.resources is not None else [None]:
        fitting = [
            (statement, pattern)
            for statement in statements
            if any(_like(asked.action, action) for action in _listed(statement["Action"]))
            and _fulfilled(statement.get("Condition") or {}, asked.context)
            for pattern in _listed(statement["Resource"])
            if resource is None or _like(resource, pattern)
        ]
        if not fitting or any(statement["Effect"] == "Deny" for statement, _ in fitting):
            return Verdict(False, resource)
        by |= {pattern for _, pattern in fitting}
    return Verdict(True, by=by)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _like(text: str, pattern: str) -> bool:
    expression = "".join(".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    return re.fullmatch(expression, text, re.S) is not None


def _fulfilled(conditions: dict[str, dict[str, Any]], context: dict[str, str]) -> bool:
    if set(conditions) - {"StringEquals"}:
        raise ValueError(f"conditions that roles.py does not know: {', '.join(conditions)}")
    wanted = conditions.get("StringEquals", {})
    return all(context.get(key) in _listed(values) for key, values in wanted.items())


def rights_of(call: Call) -> list[Asked]:
    """The rights that a call needs."""
    name = f"{PREFIXES.get(call.service, call.service)}:{call.operation}"
    action = ACTIONS.get(name, name)
    finder = FINDERS.get(call.service)
    return [Asked(action)] if finder is None else finder(call, action)


def _arn(call: Call, service: str, resource: str) -> str:
    return f"arn:aws:{service}:{call.region}:{ACCOUNT}:{resource}"


def _of_s3(call: Call, action: str) -> list[Asked]:
    bucket, _, key = unquote(call.path).lstrip("/").partition("/")
    if not key:
        if call.operation == "DeleteObjects":
            keys = re.findall(r"<Key>(.*?)</Key>", call.body.decode())
            return [Asked(action, [f"arn:aws:s3:::{bucket}/{one}" for one in keys])]
        return [Asked(action, [f"arn:aws:s3:::{bucket}"])]
    asked = [Asked(action, [f"arn:aws:s3:::{bucket}/{key}"])]
    source = call.headers.get("x-amz-copy-source")
    if source:
        asked.append(Asked("s3:GetObject", [f"arn:aws:s3:::{unquote(source).lstrip('/').partition('?')[0]}"]))
    return asked


def _of_glue(call: Call, action: str) -> list[Asked]:
    """A right on a table is needed on its database and on the catalog, too; one on a job on the job."""
    given = call.json()
    if "Job" in call.operation:
        return [Asked(action, [_arn(call, "glue", f"job/{given.get('JobName') or given.get('Name')}")])]
    database = given.get("DatabaseName") or (given.get("Name") if "Database" in call.operation else None)
    table = (given.get("TableInput") or {}).get("Name") or given.get("TableName") or given.get("Name")
    resources = [_arn(call, "glue", "catalog")]
    if database:
        resources.append(_arn(call, "glue", f"database/{database}"))
        if "Table" in call.operation:
            resources.append(_arn(call, "glue", f"table/{database}/{table or '*'}"))
    return [Asked(action, resources)]


def _of_secrets(call: Call, action: str) -> list[Asked]:
    wanted = call.json().get("SecretId")
    secrets = list(secretsmanager_backends[ACCOUNT][call.region].secrets.values())
    found = [secret.arn for secret in secrets if wanted in (secret.name, secret.arn)]
    return [Asked(action, found or [_arn(call, "secretsmanager", f"secret:{wanted}-000000")])] if wanted else [Asked(action)]


def _of_emr(call: Call, action: str) -> list[Asked]:
    given = call.json()
    clusters = given.get("JobFlowIds") or [given.get("ClusterId") or given.get("JobFlowId")]
    asked = []
    for one in clusters:
        cluster = emr_backends[ACCOUNT][call.region].clusters.get(one)
        tags = cluster._tags if cluster else {}
        context = {f"elasticmapreduce:ResourceTag/{key}": value for key, value in tags.items()}
        asked.append(Asked(action, [_arn(call, "elasticmapreduce", f"cluster/{one}")] if one else ["*"], context))
    return asked


EC2_KINDS = {"TerminateInstances": "instance", "DeleteNatGateway": "natgateway", "ReleaseAddress": "elastic-ip"}


def _of_ec2(call: Call, action: str) -> list[Asked]:
    kind = EC2_KINDS.get(call.operation)
    if kind is None:
        return [Asked(action, ["*"])]
    form = parse_qs(call.body.decode())
    named = [one for key, values in form.items() if re.match(r"(InstanceId|NatGatewayId|AllocationId)", key) for one in values]
    tags = ec2_backends[ACCOUNT][call.region].tags
    return [
        Asked(
            action,
            [_arn(call, "ec2", f"{kind}/{one}")],
            {f"aws:ResourceTag/{key}": value for key, value in (tags.get(one) or {}).items()},
        )
        for one in named
    ]


def _of_kafka(call: Call, action: str) -> list[Asked]:
    arn = next((unquote(label) for label in call.labels.values() if label.startswith("arn:")), None)
    return [Asked(action, [arn] if arn else ["*"])]


def _of_sns(call: Call, action: str) -> list[Asked]:
    return [Asked(action, parse_qs(call.body.decode()).get("TopicArn"))]


def _of_events(call: Call, action: str) -> list[Asked]:
    return [Asked(action, [_arn(call, "events", f"rule/{call.json().get('Name')}")])]


def _of_athena(call: Call, action: str) -> list[Asked]:
    group = call.json().get("WorkGroup")
    return [Asked(action, [_arn(call, "athena", f"workgroup/{group}")] if group else None)]


def _of_cloudwatch(call: Call, action: str) -> list[Asked]:
    body = gzip.decompress(call.body) if call.headers.get("content-encoding") == "gzip" else call.body
    text = body.decode("latin-1")
    form = re.search(r"(?:^|&)Namespace=([^&]+)", text)
    # In CBOR a short text follows its length (RFC 8949, major type 3).
    binary = re.search(r"iNamespace([\x60-\x77])", text)
    name = unquote(form[1]) if form else text[binary.end() :][: ord(binary[1]) - 0x60] if binary else _namespace_of_json(call)
    return [Asked(action, ["*"], {"cloudwatch:namespace": name})]


def _namespace_of_json(call: Call) -> str:
    return str(call.json().get("Namespace")) if call.protocol == "json" else ""


def _of_logs(call: Call, action: str) -> list[Asked]:
    group, stream = (call.json().get(key) for key in ("logGroupName", "logStreamName"))
    return [Asked(action, [_arn(call, "logs", f"log-group:{group}:log-stream:{stream or ''}")] if group else ["*"])]


FINDERS = {
    "s3": _of_s3,
    "glue": _of_glue,
    "secretsmanager": _of_secrets,
    "emr": _of_emr,
    "ec2": _of_ec2,
    "kafka": _of_kafka,
    "sns": _of_sns,
    "events": _of_events,
    "athena": _of_athena,
    "cloudwatch": _of_cloudwatch,
    "logs": _of_logs,
}

"""Parses requests, and writes answers and errors in the protocol of the service."""

import functools
import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

import botocore.session

ACCOUNT = "123456789012"
# User agent of the emulator's own calls, which are not recorded and get no faults.
OURSELVES = "emulator-itself"

# Signing names of services whose SDK model has another name.
MODELS = {
    "elasticmapreduce": "emr",
    "tagging": "resourcegroupstaggingapi",
    "monitoring": "cloudwatch",
    "eventbridge": "events",
    "servicequotas": "service-quotas",
}
REST_XML = {"s3", "route53", "cloudfront", "s3control"}


class AwsError(Exception):
    """An error response of a service."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One request: service, operation and parameters."""

    service: str
    operation: str
    region: str
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    protocol: str
    # parameters in the path
    labels: dict[str, str]
    # id of the key that signed it
    key: str = ""

    @property
    def ours(self) -> bool:
        return OURSELVES in self.headers.get("user-agent", "")

    def json(self) -> dict[str, Any]:
        return json.loads(self.body) if self.body.strip() else {}


@functools.cache
def routes(service: str) -> list[tuple[str, re.Pattern[str], set[tuple[str, str | None]], str]]:
    """Method, path, needed query keys and name of each REST operation, the most specific first."""
    model = botocore.session.get_session().get_service_model(service)
    found = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.deprecated:
            continue
        http = operation.http
        path, _, query = http["requestUri"].partition("?")
        pattern = re.sub(
            r"\{([^}]+)\}",
            lambda label: (
                f"(?P<{label[1].rstrip('+').replace('-', '_')}>{'.+' if label[1].endswith('+') else '[^/]+'})"
            ),
            re.sub(r"[.$]", r"\\\g<0>", path),
        )
        needed = {(key, value or None) for key, _, value in (part.partition("=") for part in query.split("&") if part)}
        found.append((http["method"], re.compile(f"^{pattern}/?$"), needed, name))
    return sorted(found, key=lambda route: (len(route[2]), len(route[1].pattern)), reverse=True)


def match_route(service: str, method: str, path: str, query: dict[str, list[str]]) -> tuple[str, dict[str, str]]:
    try:
        candidates = routes(service)
    except Exception:  # the SDK has no such service
        return "", {}
    for wanted, pattern, needed, name in candidates:
        if wanted != method or any(
            key not in query or (value is not None and value not in query[key]) for key, value in needed
        ):
            continue
        matched = pattern.match(path)
        if matched:
            return name, {label: unquote(value) for label, value in matched.groupdict().items()}
    return "", {}


def identify(environ: dict[str, Any], body: bytes) -> Call:
    """Service and region come from the scope of the signature (SigV4), the operation from where the protocol has it."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    path, _, raw_query = (environ.get("RAW_URI") or environ.get("PATH_INFO", "/")).partition("?")
    query = parse_qs(raw_query, keep_blank_values=True)
    method = environ["REQUEST_METHOD"]

    scope = re.search(r"Credential=([^/]*)/\d+/([^/]+)/([^/]+)/aws4_request", headers.get("authorization", ""))
    presigned = re.match(r"([^/]*)/\d+/([^/]+)/([^/]+)/aws4_request", query.get("X-Amz-Credential", [""])[0])
    found = scope or presigned
    key, region, signed = (found[1], found[2], found[3].lower()) if found else ("", "us-east-1", "s3")
    service = MODELS.get(signed, signed)

    labels: dict[str, str] = {}
    rpc = re.match(r"^/service/[^/]+/operation/(\w+)", path)
    form = parse_qs(body.decode("latin-1")) if headers["content-type"].startswith("application/x-www-form") else {}
    if rpc:
        operation, protocol = rpc[1], "cbor"
    elif "x-amz-target" in headers:
        operation, protocol = headers["x-amz-target"].split(".")[-1], "json"
    elif "Action" in form or "Action" in query:
        operation = (form.get("Action") or query["Action"])[0]
        protocol = "ec2" if service == "ec2" else "query"
    else:
        operation, labels = match_route(service, method, path, query)
        protocol = "rest-xml" if service in REST_XML else "rest-json"
    return Call(service, operation, region, method, path, query, headers, body, protocol, labels, key)


def _cbor_text(text: str) -> bytes:
    """RFC 8949, major type 3."""
    encoded = text.encode()
    return b"\x7a" + len(encoded).to_bytes(4, "big") + encoded


def write_error(call: Call, error: AwsError) -> Answer:
    """The shapes of the AWS protocols: https://smithy.io/2.0/aws/protocols/."""
    identifier = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": identifier, "x-amz-request-id": identifier, "x-amzn-ErrorType": error.code}
    if call.protocol == "cbor":
        members = {"__type": error.code, "message": error.message}
        body = b"\xa2" + b"".join(_cbor_text(key) + _cbor_text(value) for key, value in members.items())
        return Answer(
            error.status, body, {**headers, "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        )
    if call.protocol in ("json", "rest-json"):
        shown = {"__type": error.code, "message": error.message, "Message": error.message}
        kind = "application/x-amz-json-1.1" if call.protocol == "json" else "application/json"
        return Answer(error.status, json.dumps(shown).encode(), {**headers, "content-type": kind})
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if call.protocol == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{identifier}</RequestID></Response>"
    elif call.protocol == "query":
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error>"
            f"<RequestId>{identifier}</RequestId></ErrorResponse>"
        )
    else:
        text = f"<Error>{inner}<RequestId>{identifier}</RequestId></Error>"
    body = b"" if call.method == "HEAD" else text.encode()
    return Answer(error.status, body, {**headers, "content-type": "application/xml"})


def write_json(call: Call, result: Any, status: int = 200) -> Answer:
    kind = "application/x-amz-json-1.1" if call.protocol == "json" else "application/json"
    return Answer(
        status,
        json.dumps(result, default=str).encode(),
        {"content-type": kind, "x-amzn-RequestId": str(uuid.uuid4())},
    )

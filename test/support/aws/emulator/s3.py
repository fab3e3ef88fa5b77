"""S3: conditions of bucket policies, and deletion of versioned buckets."""

import json
from typing import Any

from moto.s3.models import FakeBucket, FakeDeleteMarker

from .account import Account


def _permission(bucket: Any, action: str, resource: str) -> Any:
    """moto ignores conditions, so that "deny without TLS" would deny everything. Here loopback counts as TLS."""
    from moto.iam.access_control import IAMPolicy, PermissionResult

    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy.decode())
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    policy["Statement"] = [statement for statement in statements if not statement.get("Condition")]
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)


def install(_: Account) -> None:
    FakeBucket.get_permission = _permission
    FakeDeleteMarker.dispose = lambda marker, garbage=False: None

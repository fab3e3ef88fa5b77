"""The instance metadata service (IMDSv2), from which an SDK on the emulated host gets its role's credentials.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""

import json
import os
from datetime import datetime, timedelta, timezone

from moto.ec2.models import ec2_backends
from moto.emr.models import EXAMPLE_AMI_ID

from .roles import Roles, role_of_profile
from .wire import ACCOUNT, Answer

ROLE = "emulated-instance"


class Metadata:
    """Answers under `/latest/`. The keys are those of the role of the only instance, or of this process where it has none."""

    def __init__(self, roles: Roles):
        self._roles = roles

    def _key(self) -> str:
        """EMR's nodes are no hosts here."""
        for backend in ec2_backends[ACCOUNT].values():
            for reservation in list(backend.reservations.values()):
                for instance in reservation.instances:
                    if instance.state in ("pending", "running") and instance.image_id != EXAMPLE_AMI_ID:
                        profile = getattr(instance, "iam_instance_profile", None) or {}
                        found = profile if isinstance(profile, str) else profile.get("Arn") or profile.get("Name")
                        key = self._roles.key_of(role_of_profile(found))
                        if key:
                            return key
        return os.environ.get("AWS_ACCESS_KEY_ID", "test")

    def answer(self, method: str, path: str) -> Answer:
        if method == "PUT" and path == "/latest/api/token":
            return Answer(
                200, b"emulated-token", {"content-type": "text/plain", "x-aws-ec2-metadata-token-ttl-seconds": "21600"}
            )
        found = self._documents().get(path.rstrip("/"))
        if found is None:
            return Answer(404, b"", {"content-type": "text/plain"})
        return Answer(200, found.encode(), {"content-type": "text/plain"})

    def _documents(self) -> dict[str, str]:
        region = os.environ.get("AWS_REGION", "us-east-1")
        credentials = {
            "Code": "Success",
            "Type": "AWS-HMAC",
            "LastUpdated": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "AccessKeyId": self._key(),
            "SecretAccessKey": os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            "Token": "emulated",
            "Expiration": (datetime.now(timezone.utc) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        identity = {
            "accountId": ACCOUNT,
            "region": region,
            "availabilityZone": f"{region}a",
            "instanceId": "i-emulated",
        }
        meta = "/latest/meta-data"
        return {
            f"{meta}/iam/security-credentials": ROLE,
            f"{meta}/iam/security-credentials/{ROLE}": json.dumps(credentials),
            f"{meta}/placement/region": region,
            f"{meta}/placement/availability-zone": f"{region}a",
            f"{meta}/instance-id": "i-emulated",
            f"{meta}/local-ipv4": "127.0.0.1",
            "/latest/dynamic/instance-identity/document": json.dumps(identity),
        }

"""Amazon Macie: the account's session, classification jobs, automated discovery. Off until someone enables it.

Shapes: https://docs.aws.amazon.com/macie/latest/APIReference/welcome.html
"""

import uuid
from datetime import datetime, timezone
from typing import Any

from .account import Account
from .wire import ACCOUNT, AwsError, Call


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Macie:
    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.discovery: dict[str, str] = {}

    def _session(self, call: Call) -> dict[str, Any]:
        if call.region not in self.sessions:
            raise AwsError("AccessDeniedException", "Macie is not enabled", 403)
        return self.sessions[call.region]

    def enable(self, call: Call) -> None:
        asked = call.json()
        if call.region in self.sessions:
            raise AwsError("ConflictException", "Macie has already been enabled", 409)
        self.sessions[call.region] = {
            "createdAt": _now(),
            "updatedAt": _now(),
            "findingPublishingFrequency": asked.get("findingPublishingFrequency", "FIFTEEN_MINUTES"),
            "serviceRole": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie",
            "status": asked.get("status", "ENABLED"),
        }
        self.discovery[call.region] = "ENABLED"

    def update(self, call: Call) -> None:
        self._session(call).update({**call.json(), "updatedAt": _now()})

    def disable(self, call: Call) -> None:
        self._session(call)
        del self.sessions[call.region]
        self.discovery.pop(call.region, None)
        self.jobs = {key: job for key, job in self.jobs.items() if job["region"] != call.region}

    def read_discovery(self, call: Call) -> dict[str, Any]:
        self._session(call)
        return {"status": self.discovery[call.region], "autoEnableOrganizationMembers": "NONE"}

    def set_discovery(self, call: Call) -> None:
        self._session(call)
        self.discovery[call.region] = call.json()["status"]

    def create_job(self, call: Call) -> dict[str, Any]:
        self._session(call)
        asked = call.json()
        if any(job["clientToken"] == asked["clientToken"] for job in self.jobs.values()):
            raise AwsError("ConflictException", "A job with this client token exists", 409)
        identifier = uuid.uuid4().hex
        arn = f"arn:aws:macie2:{call.region}:{ACCOUNT}:classification-job/{identifier}"
        self.jobs[identifier] = {
            "initialRun": False,
            "samplingPercentage": 100,
            "managedDataIdentifierSelector": "RECOMMENDED",
            **asked,
            "jobId": identifier,
            "jobArn": arn,
            "createdAt": _now(),
            "jobStatus": "RUNNING" if asked["jobType"] == "ONE_TIME" else "IDLE",
            "tags": asked.get("tags") or {},
            "region": call.region,
        }
        return {"jobId": identifier, "jobArn": arn}

    def _job(self, call: Call) -> dict[str, Any]:
        self._session(call)
        if call.labels["jobId"] not in self.jobs:
            raise AwsError("ResourceNotFoundException", "The job does not exist", 404)
        return self.jobs[call.labels["jobId"]]

    def describe_job(self, call: Call) -> dict[str, Any]:
        return {key: value for key, value in self._job(call).items() if key != "region"}

    def update_job(self, call: Call) -> None:
        job, status = self._job(call), call.json()["jobStatus"]
        if job["jobStatus"] == "CANCELLED":
            raise AwsError("ValidationException", "The job is cancelled")
        job["jobStatus"] = status

    def list_jobs(self, call: Call) -> dict[str, Any]:
        self._session(call)
        shown = ("jobId", "jobType", "jobStatus", "name", "createdAt")
        return {"items": [{key: job[key] for key in shown} for job in self.jobs.values()]}

    def _tags(self, call: Call) -> dict[str, str]:
        for job in self.jobs.values():
            if job["jobArn"] == call.labels["resourceArn"]:
                return job["tags"]
        raise AwsError("ResourceNotFoundException", "The resource does not exist", 404)

    def tag(self, call: Call) -> None:
        self._tags(call).update(call.json()["tags"])

    def untag(self, call: Call) -> None:
        for key in call.query.get("tagKeys", []):
            self._tags(call).pop(key, None)


def install(account: Account) -> Macie:
    macie = Macie()
    account.own("macie2")
    handlers = {
        "EnableMacie": macie.enable,
        "GetMacieSession": macie._session,
        "UpdateMacieSession": macie.update,
        "DisableMacie": macie.disable,
        "GetAutomatedDiscoveryConfiguration": macie.read_discovery,
        "UpdateAutomatedDiscoveryConfiguration": macie.set_discovery,
        "CreateClassificationJob": macie.create_job,
        "DescribeClassificationJob": macie.describe_job,
        "UpdateClassificationJob": macie.update_job,
        "ListClassificationJobs": macie.list_jobs,
        "ListTagsForResource": lambda call: {"tags": macie._tags(call)},
        "TagResource": macie.tag,
        "UntagResource": macie.untag,
    }
    for operation, handler in handlers.items():
        account.serve("macie2", operation, handler)
    return macie

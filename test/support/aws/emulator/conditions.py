"""What an account is like before anything is made in it: quotas, versions, names that somebody else has, rights of the caller.

A test sets any of it by `POST /_emulator/conditions`; without that it is the account of a new customer.
"""

import threading
from typing import Any

# By service and code, as Service Quotas names them; a new account has these.
QUOTAS = {
    "ec2/L-1216C47A": ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5.0),
    "ec2/L-0263D0A3": ("EC2-VPC Elastic IPs", 5.0),
    "vpc/L-F678F1CE": ("VPCs per Region", 5.0),
    "lambda/L-B99A9384": ("Concurrent executions", 10.0),
    "fargate/L-3032A538": ("Fargate On-Demand vCPU resource count", 6.0),
}


class Conditions:
    def __init__(self, given: dict[str, Any] | None):
        self._guard = threading.Lock()
        self.quotas = {code: value for code, (_, value) in QUOTAS.items()}
        self.emr_releases = ["emr-7.14.0", "emr-7.13.0", "emr-7.12.0", "emr-7.11.0", "emr-6.15.0", "emr-5.36.2"]
        self.kafka_versions = ["3.7.x", "3.7.x.kraft", "3.8.x", "3.8.x.kraft", "3.9.x", "3.9.x.kraft", "4.0.x.kraft"]
        # instance types that a zone does not offer, by zone
        self.withheld: dict[str, list[str]] = {}
        # instance types of which a zone has no more, by zone
        self.exhausted: dict[str, list[str]] = {}
        # status of HEAD, by bucket: 403 in another account, 301 in another region
        self.foreign_buckets: dict[str, int] = {}
        self.denied_rights: list[str] = []
        self.caller = "user/ana"
        self.change(given or {})

    def change(self, given: dict[str, Any]) -> None:
        with self._guard:
            self.quotas |= {code: float(value) for code, value in (given.get("quotas") or {}).items()}
            for key, attribute in (
                ("emrReleases", "emr_releases"),
                ("kafkaVersions", "kafka_versions"),
                ("withheld", "withheld"),
                ("exhausted", "exhausted"),
                ("foreignBuckets", "foreign_buckets"),
                ("deniedRights", "denied_rights"),
                ("caller", "caller"),
            ):
                if given.get(key) is not None:
                    setattr(self, attribute, given[key])

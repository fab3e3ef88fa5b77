"""Amazon MSK: provisioned clusters and their configurations, which moto leaves in CREATING or lacks.

Shapes: https://docs.aws.amazon.com/msk/1.0/apireference/resources.html
"""

import uuid
from datetime import datetime, timezone
from typing import Any

from .account import Account
from .roles import Asked
from .wire import ACCOUNT, AwsError, Call


# https://github.com/hashicorp/terraform-provider-aws/issues/21918 has the message for one of them.
BUSY = {"CREATING", "DELETING", "HEALING", "MAINTENANCE", "REBOOTING_BROKER", "UPDATING"}


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _version() -> str:
    return f"K{uuid.uuid4().hex[:13].upper()}"


class Stream:
    """All clusters and configurations, by ARN."""

    def __init__(self, account: Account):
        self.account = account
        self.brokers: str = account.config.get("bootstrapBrokers") or ""
        self.clusters: dict[str, dict[str, Any]] = {}
        self.configurations: dict[str, dict[str, Any]] = {}
        self.operations: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, dict[str, Any]] = {}

    def _cluster(self, call: Call) -> dict[str, Any]:
        arn = call.labels["clusterArn"]
        if arn not in self.clusters:
            raise AwsError("NotFoundException", f"The cluster {arn} does not exist.", 404)
        return self.clusters[arn]

    def _configuration(self, arn: str) -> dict[str, Any]:
        if arn not in self.configurations:
            raise AwsError("BadRequestException", "Configuration ARN does not exist")
        return self.configurations[arn]

    def create(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        provisioned = asked.get("provisioned", asked)
        name = asked["clusterName"]
        if any(cluster["clusterName"] == name for cluster in self.clusters.values()):
            raise AwsError("ConflictException", f"A cluster with the name {name} already exists.", 409)
        used = provisioned.get("configurationInfo")
        if used:
            self._configuration(used["arn"])
        if asked.get("serverless"):
            raise AwsError("BadRequestException", "The emulated account has provisioned clusters only.")
        arn = f"arn:aws:kafka:{call.region}:{ACCOUNT}:cluster/{name}/{uuid.uuid4()}-{len(self.clusters) + 1}"
        self.clusters[arn] = {
            "clusterArn": arn,
            "clusterName": name,
            "creationTime": _now(),
            "currentVersion": _version(),
            "state": "ACTIVE",
            "tags": asked.get("tags") or {},
            "brokerNodeGroupInfo": {"brokerAZDistribution": "DEFAULT", **provisioned["brokerNodeGroupInfo"]},
            "clientAuthentication": provisioned.get("clientAuthentication"),
            "encryptionInfo": self._encryption(provisioned.get("encryptionInfo"), call.region),
            "enhancedMonitoring": provisioned.get("enhancedMonitoring", "DEFAULT"),
            "openMonitoring": provisioned.get("openMonitoring")
            or {"prometheus": {"jmxExporter": {"enabledInBroker": False}, "nodeExporter": {"enabledInBroker": False}}},
            "loggingInfo": provisioned.get("loggingInfo"),
            "numberOfBrokerNodes": provisioned["numberOfBrokerNodes"],
            "storageMode": provisioned.get("storageMode", "LOCAL"),
            "kafkaVersion": provisioned["kafkaVersion"],
            "configurationInfo": used,
            "rebalancing": provisioned.get("rebalancing"),
        }
        group = self.clusters[arn]["brokerNodeGroupInfo"]
        group.setdefault("connectivityInfo", {"publicAccess": {"type": "DISABLED"}})
        answer = {"clusterArn": arn, "clusterName": name, "state": "CREATING"}
        return {**answer, "clusterType": "PROVISIONED"} if "provisioned" in asked else answer

    @staticmethod
    def _encryption(asked: dict[str, Any] | None, region: str) -> dict[str, Any]:
        asked = asked or {}
        key = (asked.get("encryptionAtRest") or {}).get("dataVolumeKMSKeyId")
        transit = {"clientBroker": "TLS", "inCluster": True, **(asked.get("encryptionInTransit") or {})}
        return {
            "encryptionAtRest": {"dataVolumeKMSKeyId": key or f"arn:aws:kms:{region}:{ACCOUNT}:key/aws-kafka"},
            "encryptionInTransit": transit,
        }

    @staticmethod
    def _software(cluster: dict[str, Any]) -> dict[str, Any]:
        used = cluster["configurationInfo"]
        software: dict[str, Any] = {"kafkaVersion": cluster["kafkaVersion"]}
        if used:
            software |= {"configurationArn": used["arn"], "configurationRevision": used["revision"]}
        return software

    def _first(self, cluster: dict[str, Any]) -> dict[str, Any]:
        """The form of API version 1."""
        hidden = ("kafkaVersion", "configurationInfo", "rebalancing")
        shown = {key: value for key, value in cluster.items() if key not in hidden and value is not None}
        return {
            **shown,
            "currentBrokerSoftwareInfo": self._software(cluster),
            "zookeeperConnectString": "127.0.0.1:2181",
            "zookeeperConnectStringTls": "127.0.0.1:2182",
        }

    def _second(self, cluster: dict[str, Any]) -> dict[str, Any]:
        """The form of API version 2, which has provisioned and serverless clusters."""
        inner = (
            "brokerNodeGroupInfo",
            "clientAuthentication",
            "encryptionInfo",
            "enhancedMonitoring",
            "openMonitoring",
            "loggingInfo",
            "numberOfBrokerNodes",
            "storageMode",
            "rebalancing",
        )
        outer = ("clusterArn", "clusterName", "creationTime", "currentVersion", "state", "tags")
        return {
            **{key: cluster[key] for key in outer},
            "clusterType": "PROVISIONED",
            "provisioned": {
                **{key: cluster[key] for key in inner if cluster[key] is not None},
                "currentBrokerSoftwareInfo": self._software(cluster),
            },
        }

    def describe(self, call: Call) -> dict[str, Any]:
        return {"clusterInfo": self._first(self._cluster(call))}

    def describe_second(self, call: Call) -> dict[str, Any]:
        return {"clusterInfo": self._second(self._cluster(call))}

    def _named(self, call: Call) -> list[dict[str, Any]]:
        prefix = call.query.get("clusterNameFilter", [""])[0]
        return [cluster for cluster in self.clusters.values() if cluster["clusterName"].startswith(prefix)]

    def list(self, call: Call) -> dict[str, Any]:
        return {"clusterInfoList": [self._first(cluster) for cluster in self._named(call)]}

    def list_second(self, call: Call) -> dict[str, Any]:
        return {"clusterInfoList": [self._second(cluster) for cluster in self._named(call)]}

    def judge(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Whether a role may use the only cluster, or what its brokers name, such as `topic/trades`."""
        kind, _, name = asked["name"].partition("/")
        cluster = next(iter(self.clusters), "")
        arn = f"{cluster.replace(':cluster/', f':{kind}/', 1)}/{name}" if kind else cluster
        return {"lacking": self.account.roles.judge(asked["role"], Asked(asked["action"], [arn]))}

    def set_state(self, asked: dict[str, Any]) -> dict[str, Any]:
        """`{"name", "state"}`: what the service does to a cluster by itself, such as MAINTENANCE."""
        for cluster in self.clusters.values():
            if cluster["clusterName"] == asked["name"]:
                cluster["state"] = asked["state"]
                return {}
        raise AwsError("NotFoundException", f"no cluster is named {asked['name']}", 404)

    def delete(self, call: Call) -> dict[str, Any]:
        cluster = self._cluster(call)
        if cluster["state"] in BUSY:
            raise AwsError("BadRequestException", f"You can't delete cluster in {cluster['state']} state.")
        arn = cluster["clusterArn"]
        del self.clusters[arn]
        self.policies.pop(arn, None)
        return {"clusterArn": arn, "state": "DELETING"}

    def brokers_of(self, call: Call) -> dict[str, Any]:
        cluster = self._cluster(call)
        host = cluster["clusterName"]
        made = ",".join(
            f"b-{number}.{host}.emulated.kafka.{call.region}.amazonaws.com:9098"
            for number in range(1, cluster["numberOfBrokerNodes"] + 1)
        )
        return {"bootstrapBrokerStringSaslIam": self.brokers or made}

    def nodes(self, call: Call) -> dict[str, Any]:
        cluster = self._cluster(call)
        group = cluster["brokerNodeGroupInfo"]
        return {
            "nodeInfoList": [
                {
                    "nodeARN": f"{cluster['clusterArn']}/{number}",
                    "nodeType": "BROKER",
                    "instanceType": group["instanceType"],
                    "brokerNodeInfo": {
                        "brokerId": number,
                        "clientSubnet": group["clientSubnets"][(number - 1) % len(group["clientSubnets"])],
                        "clientVpcIpAddress": "127.0.0.1",
                        "currentBrokerSoftwareInfo": self._software(cluster),
                        "endpoints": [f"b-{number}.{cluster['clusterName']}.emulated"],
                    },
                }
                for number in range(1, cluster["numberOfBrokerNodes"] + 1)
            ]
        }

    def update(self, call: Call) -> dict[str, Any]:
        """Any of the Update... operations: takes effect at once and is listed as a finished operation."""
        cluster, asked = self._cluster(call), call.json()
        for key in ("configurationInfo", "clientAuthentication", "enhancedMonitoring", "loggingInfo", "storageMode"):
            if key in asked:
                cluster[key] = asked[key]
        if asked.get("openMonitoring"):
            cluster["openMonitoring"] = asked["openMonitoring"]
        if "targetNumberOfBrokerNodes" in asked:
            cluster["numberOfBrokerNodes"] = asked["targetNumberOfBrokerNodes"]
        if "targetInstanceType" in asked:
            cluster["brokerNodeGroupInfo"]["instanceType"] = asked["targetInstanceType"]
        if "targetKafkaVersion" in asked:
            cluster["kafkaVersion"] = asked["targetKafkaVersion"]
        if "connectivityInfo" in asked:
            cluster["brokerNodeGroupInfo"]["connectivityInfo"] = asked["connectivityInfo"]
        for volume in asked.get("targetBrokerEBSVolumeInfo", []):
            storage = cluster["brokerNodeGroupInfo"].setdefault("storageInfo", {}).setdefault("ebsStorageInfo", {})
            storage["volumeSize"] = volume["volumeSizeGB"]
        cluster["currentVersion"] = _version()
        arn = cluster["clusterArn"].replace(":cluster/", ":cluster-operation/") + f"/{uuid.uuid4()}"
        self.operations[arn] = {
            "clusterArn": cluster["clusterArn"],
            "operationArn": arn,
            "operationState": "UPDATE_COMPLETE",
            "operationType": call.operation,
            "creationTime": _now(),
            "endTime": _now(),
        }
        return {"clusterArn": cluster["clusterArn"], "clusterOperationArn": arn}

    def operation(self, call: Call) -> dict[str, Any]:
        found = self.operations.get(call.labels["clusterOperationArn"])
        if not found:
            raise AwsError("NotFoundException", "The cluster operation does not exist.", 404)
        return {"clusterOperationInfo": found}

    def create_configuration(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        if any(known["name"] == asked["name"] for known in self.configurations.values()):
            raise AwsError("ConflictException", "A resource with this name already exists.", 409)
        arn = f"arn:aws:kafka:{call.region}:{ACCOUNT}:configuration/{asked['name']}/{uuid.uuid4()}-1"
        revision = {"creationTime": _now(), "description": asked.get("description", ""), "revision": 1}
        self.configurations[arn] = {
            "arn": arn,
            "creationTime": _now(),
            "description": asked.get("description", ""),
            "kafkaVersions": asked.get("kafkaVersions", []),
            "latestRevision": revision,
            "name": asked["name"],
            "state": "ACTIVE",
            "revisions": [{**revision, "serverProperties": asked["serverProperties"]}],
        }
        shown = ("arn", "creationTime", "latestRevision", "name", "state")
        return {key: self.configurations[arn][key] for key in shown}

    @staticmethod
    def _shown(configuration: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in configuration.items() if key != "revisions"}

    def describe_configuration(self, call: Call) -> dict[str, Any]:
        return self._shown(self._configuration(call.labels["arn"]))

    def describe_revision(self, call: Call) -> dict[str, Any]:
        configuration = self._configuration(call.labels["arn"])
        number = int(call.labels["revision"])
        if not 0 < number <= len(configuration["revisions"]):
            raise AwsError("NotFoundException", "The revision does not exist.", 404)
        return {"arn": configuration["arn"], **configuration["revisions"][number - 1]}

    def update_configuration(self, call: Call) -> dict[str, Any]:
        configuration, asked = self._configuration(call.labels["arn"]), call.json()
        number = len(configuration["revisions"]) + 1
        revision = {"creationTime": _now(), "description": asked.get("description", ""), "revision": number}
        configuration["revisions"].append({**revision, "serverProperties": asked["serverProperties"]})
        configuration |= {"latestRevision": revision, "description": revision["description"]}
        return {"arn": configuration["arn"], "latestRevision": revision}

    def delete_configuration(self, call: Call) -> dict[str, Any]:
        arn = self._configuration(call.labels["arn"])["arn"]
        if any((cluster["configurationInfo"] or {}).get("arn") == arn for cluster in self.clusters.values()):
            raise AwsError("BadRequestException", "Configuration is in use by one or more clusters.")
        del self.configurations[arn]
        return {"arn": arn, "state": "DELETING"}

    def list_configurations(self, _: Call) -> dict[str, Any]:
        return {"configurations": [self._shown(configuration) for configuration in self.configurations.values()]}

    def _tags(self, call: Call) -> dict[str, str]:
        arn = call.labels["resourceArn"]
        if arn not in self.clusters:
            raise AwsError("NotFoundException", f"The resource {arn} does not exist.", 404)
        return self.clusters[arn]["tags"]

    def list_tags(self, call: Call) -> dict[str, Any]:
        return {"tags": self._tags(call)}

    def tag(self, call: Call) -> None:
        self._tags(call).update(call.json()["tags"])

    def untag(self, call: Call) -> None:
        for key in call.query.get("tagKeys", []):
            self._tags(call).pop(key, None)

    def put_policy(self, call: Call) -> dict[str, Any]:
        arn = self._cluster(call)["clusterArn"]
        self.policies[arn] = {"currentVersion": _version(), "policy": call.json()["policy"]}
        return {"currentVersion": self.policies[arn]["currentVersion"]}

    def read_policy(self, call: Call) -> dict[str, Any]:
        arn = self._cluster(call)["clusterArn"]
        if arn not in self.policies:
            raise AwsError("NotFoundException", "The cluster has no policy.", 404)
        return self.policies[arn]

    def delete_policy(self, call: Call) -> None:
        self.policies.pop(self._cluster(call)["clusterArn"], None)


def install(account: Account) -> Stream:
    stream = Stream(account)
    account.own("kafka")
    account.controls["stream"] = stream.set_state
    account.controls["judge"] = stream.judge
    handlers = {
        "CreateCluster": stream.create,
        "CreateClusterV2": stream.create,
        "DescribeCluster": stream.describe,
        "DescribeClusterV2": stream.describe_second,
        "ListClusters": stream.list,
        "ListClustersV2": stream.list_second,
        "DeleteCluster": stream.delete,
        "GetBootstrapBrokers": stream.brokers_of,
        "ListNodes": stream.nodes,
        "ListScramSecrets": lambda _: {"secretArnList": []},
        "ListClusterOperations": lambda _: {"clusterOperationInfoList": list(stream.operations.values())},
        "DescribeClusterOperation": stream.operation,
        "CreateConfiguration": stream.create_configuration,
        "DescribeConfiguration": stream.describe_configuration,
        "DescribeConfigurationRevision": stream.describe_revision,
        "UpdateConfiguration": stream.update_configuration,
        "DeleteConfiguration": stream.delete_configuration,
        "ListConfigurations": stream.list_configurations,
        "ListTagsForResource": stream.list_tags,
        "TagResource": stream.tag,
        "UntagResource": stream.untag,
        "PutClusterPolicy": stream.put_policy,
        "GetClusterPolicy": stream.read_policy,
        "DeleteClusterPolicy": stream.delete_policy,
    }
    for what in ("ClusterConfiguration", "BrokerCount", "BrokerType", "BrokerStorage", "ClusterKafkaVersion"):
        handlers[f"Update{what}"] = stream.update
    for what in ("Monitoring", "Security", "Connectivity", "Storage", "Rebalancing"):
        handlers[f"Update{what}"] = stream.update
    for operation, handler in handlers.items():
        account.serve("kafka", operation, handler)
    return stream

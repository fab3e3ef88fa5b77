"""ECS: services of Fargate whose tasks are real containers of podman, with the rights of their roles.

A service keeps its count and replaces a task that ends; with at most 100 percent the old task ends before the new one starts.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

import base64
import json
import os
import re
import signal
import subprocess
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
from botocore.config import Config

from .account import Account
from .registry import PASSWORD
from .roles import Asked
from .wire import ACCOUNT, Answer, AwsError, Call

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")


def _arn(call: Call, resource: str) -> str:
    return f"arn:aws:ecs:{call.region}:{ACCOUNT}:{resource}"


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]


class Containers:
    def __init__(self, account: Account):
        self.account = account
        self._lock = threading.RLock()
        self._clusters: dict[str, dict[str, Any]] = {}
        self._definitions: dict[str, dict[str, Any]] = {}
        self._services: dict[tuple[str, str], dict[str, Any]] = {}
        self._tasks: dict[str, dict[str, Any]] = {}
        self._processes: dict[str, "subprocess.Popen[bytes]"] = {}
        self._pulled: set[str] = set()
        self._pulling = threading.Lock()
        self._tags: dict[str, list[dict[str, str]]] = {}
        self._ended = threading.Event()
        self.options: dict[str, Any] = account.config.get("containers") or {}
        threading.Thread(target=self._keep, daemon=True).start()

    # Clusters.

    def create_cluster(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        name, arn = asked["clusterName"], _arn(call, f"cluster/{asked['clusterName']}")
        with self._lock:
            self._clusters[name] = {
                "clusterArn": arn,
                "clusterName": name,
                "status": "ACTIVE",
                "settings": asked.get("settings") or [],
                "capacityProviders": [],
                "defaultCapacityProviderStrategy": [],
            }
            self._tags[arn] = asked.get("tags") or []
            return {"cluster": self._shown(self._clusters[name])}

    def _cluster(self, name: str | None) -> dict[str, Any]:
        found = self._clusters.get(_last(name or "default"))
        if found is None or found["status"] != "ACTIVE":
            raise AwsError("ClusterNotFoundException", "Cluster not found.")
        return found

    def describe_clusters(self, call: Call) -> dict[str, Any]:
        with self._lock:
            names = [_last(one) for one in call.json().get("clusters") or []]
            return {"clusters": [self._shown(self._clusters[one]) for one in names if one in self._clusters], "failures": []}

    def list_clusters(self, call: Call) -> dict[str, Any]:
        with self._lock:
            active = [one["clusterArn"] for one in self._clusters.values() if one["status"] == "ACTIVE"]
            return {"clusterArns": [arn for arn in active if arn.split(":")[3] == call.region]}

    def delete_cluster(self, call: Call) -> dict[str, Any]:
        with self._lock:
            cluster = self._cluster(call.json()["cluster"])
            name = cluster["clusterName"]
            if any(one["status"] != "INACTIVE" for (own, _), one in self._services.items() if own == name):
                raise AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
            if any(one["lastStatus"] != "STOPPED" for one in self._tasks.values() if one["clusterArn"] == cluster["clusterArn"]):
                raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
            # It is still described for a while.
            cluster["status"] = "INACTIVE"
            return {"cluster": self._shown(cluster)}

    def _shown(self, cluster: dict[str, Any]) -> dict[str, Any]:
        arn = cluster["clusterArn"]
        services = [one for one in self._services.values() if one["clusterArn"] == arn and one["status"] == "ACTIVE"]
        running = [one for one in self._tasks.values() if one["clusterArn"] == arn and one["lastStatus"] == "RUNNING"]
        counts = {"activeServicesCount": len(services), "runningTasksCount": len(running), "pendingTasksCount": 0}
        return {**cluster, **counts, "registeredContainerInstancesCount": 0, "tags": self._tags.get(arn, [])}

    # Definitions.

    def register(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        tags = asked.pop("tags", None) or []
        with self._lock:
            family = asked["family"]
            revision = 1 + max([one["revision"] for one in self._definitions.values() if one["family"] == family], default=0)
            arn = _arn(call, f"task-definition/{family}:{revision}")
            plain = {"volumes": [], "placementConstraints": [], "compatibilities": ["EC2", "FARGATE"], "status": "ACTIVE"}
            self._definitions[arn] = {**plain, **asked, "taskDefinitionArn": arn, "revision": revision}
            self._tags[arn] = tags
            return {"taskDefinition": self._definitions[arn], "tags": tags}

    def _definition(self, name: str) -> dict[str, Any]:
        wanted = _last(name)
        fitting = [
            one
            for one in self._definitions.values()
            if f"{one['family']}:{one['revision']}" == wanted or (one["family"] == wanted and one["status"] == "ACTIVE")
        ]
        if not fitting:
            raise AwsError("ClientException", "Unable to describe task definition.")
        return max(fitting, key=lambda one: one["revision"])

    def describe_definition(self, call: Call) -> dict[str, Any]:
        with self._lock:
            found = self._definition(call.json()["taskDefinition"])
            return {"taskDefinition": found, "tags": self._tags.get(found["taskDefinitionArn"], [])}

    def deregister(self, call: Call) -> dict[str, Any]:
        with self._lock:
            found = self._definition(call.json()["taskDefinition"])
            found["status"] = "INACTIVE"
            return {"taskDefinition": found}

    def list_definitions(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        wanted, family = asked.get("status") or "ACTIVE", asked.get("familyPrefix")
        with self._lock:
            found = [one for one in self._definitions.values() if one["status"] == wanted and family in (None, one["family"])]
            return {"taskDefinitionArns": [one["taskDefinitionArn"] for one in found]}

    def delete_definitions(self, call: Call) -> dict[str, Any]:
        deleted, failures = [], []
        with self._lock:
            for arn in call.json()["taskDefinitions"]:
                found = self._definition(arn)
                if found["status"] == "ACTIVE":
                    failures.append({"arn": arn, "reason": "The specified task definition is still in ACTIVE status."})
                    continue
                deleted.append({**self._definitions.pop(found["taskDefinitionArn"]), "status": "DELETE_IN_PROGRESS"})
        return {"taskDefinitions": deleted, "failures": failures}

    # Services.

    def create_service(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self._lock:
            cluster = self._cluster(asked.get("cluster"))
            name, key = asked["serviceName"], (cluster["clusterName"], asked["serviceName"])
            present = self._services.get(key)
            if present is not None and present["status"] != "INACTIVE":
                draining = present["status"] == "DRAINING"
                message = "Unable to Start a service that is still Draining." if draining else "Creation of service was not idempotent."
                raise AwsError("InvalidParameterException", message)
            definition = self._definition(asked["taskDefinition"])
            if definition["status"] != "ACTIVE":
                raise AwsError("ClientException", "TaskDefinition is inactive")
            arn = _arn(call, f"service/{cluster['clusterName']}/{name}")
            self._tags[arn] = asked.get("tags") or []
            self._services[key] = {
                "serviceArn": arn,
                "serviceName": name,
                "clusterArn": cluster["clusterArn"],
                "status": "ACTIVE",
                "desiredCount": asked.get("desiredCount") or 0,
                "launchType": asked.get("launchType") or "FARGATE",
                "platformVersion": "LATEST",
                "platformFamily": "Linux",
                "taskDefinition": definition["taskDefinitionArn"],
                "deploymentConfiguration": asked.get("deploymentConfiguration") or {},
                "deploymentController": {"type": "ECS"},
                "networkConfiguration": asked.get("networkConfiguration"),
                "availabilityZoneRebalancing": asked.get("availabilityZoneRebalancing") or "DISABLED",
                "schedulingStrategy": "REPLICA",
                "propagateTags": asked.get("propagateTags") or "NONE",
                "enableECSManagedTags": False,
                "enableExecuteCommand": False,
                "healthCheckGracePeriodSeconds": 0,
                "loadBalancers": [],
                "serviceRegistries": [],
                "placementConstraints": [],
                "placementStrategy": [],
                "events": [],
                "region": call.region,
                "generation": 1,
                "createdAt": time.time(),
            }
            return {"service": self._service_shown(self._services[key])}

    def _service(self, asked: dict[str, Any]) -> dict[str, Any]:
        cluster = self._cluster(asked.get("cluster"))
        found = self._services.get((cluster["clusterName"], _last(asked["service"])))
        if found is None or found["status"] == "INACTIVE":
            raise AwsError("ServiceNotFoundException", "Service not found.")
        return found

    def _tasks_of(self, service: dict[str, Any]) -> list[dict[str, Any]]:
        return [one for one in self._tasks.values() if one.get("service") == service["serviceArn"] and one["lastStatus"] != "STOPPED"]

    def _service_shown(self, service: dict[str, Any]) -> dict[str, Any]:
        live = self._tasks_of(service)
        running = [one for one in live if one["lastStatus"] == "RUNNING"]
        # A deployment before this one is listed until its last task has ended.
        generations = {service["generation"]} | {one["generation"] for one in live}
        deployments = [
            {
                "id": f"ecs-svc/{number}",
                "status": "PRIMARY" if number == service["generation"] else "ACTIVE",
                "taskDefinition": service["taskDefinition"],
                "desiredCount": service["desiredCount"],
                "launchType": "FARGATE",
            }
            for number in sorted(generations, reverse=True)
        ]
        own = {key: value for key, value in service.items() if key not in ("generation", "region", "nextStart")}
        counts = {"runningCount": len(running), "pendingCount": len(live) - len(running)}
        return {**own, **counts, "deployments": deployments, "tags": self._tags.get(service["serviceArn"], [])}

    def describe_services(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self._lock:
            cluster = self._cluster(asked.get("cluster"))
            found, failures = [], []
            for one in asked["services"]:
                service = self._services.get((cluster["clusterName"], _last(one)))
                if service is None:
                    failures.append({"arn": one, "reason": "MISSING"})
                else:
                    found.append(self._service_shown(service))
            return {"services": found, "failures": failures}

    def update_service(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self._lock:
            service = self._service(asked)
            if service["status"] != "ACTIVE":
                raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
            if asked.get("desiredCount") is not None:
                service["desiredCount"] = asked["desiredCount"]
            given = asked.get("taskDefinition")
            definition = self._definition(given)["taskDefinitionArn"] if given else service["taskDefinition"]
            if definition != service["taskDefinition"] or asked.get("forceNewDeployment"):
                service["taskDefinition"], service["generation"] = definition, service["generation"] + 1
            for key in ("networkConfiguration", "deploymentConfiguration"):
                if asked.get(key) is not None:
                    service[key] = asked[key]
            return {"service": self._service_shown(service)}

    def delete_service(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self._lock:
            service = self._service(asked)
            if service["desiredCount"] > 0 and not asked.get("force"):
                raise AwsError("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
            service["status"], service["desiredCount"] = "DRAINING", 0
            return {"service": self._service_shown(service)}

    def _keep(self) -> None:
        """Starts and ends tasks until each service has what it should have."""
        while not self._ended.wait(0.1):
            with self._lock:
                for service in self._services.values():
                    live = self._tasks_of(service)
                    for task in live:
                        if task["generation"] != service["generation"] or service["desiredCount"] == 0:
                            self._end(task, "Scaling activity initiated by deployment")
                    if service["status"] == "DRAINING" and not live:
                        service["status"] = "INACTIVE"
                    if len(live) < service["desiredCount"] and time.monotonic() > service.get("nextStart", 0):
                        service["nextStart"] = time.monotonic() + 1
                        refusal = self._refusal(service["taskDefinition"])
                        if refusal is not None:
                            self._report(service, f"(service {service['serviceName']}) was unable to place a task. Reason: {refusal}.")
                            continue
                        self._begin(service["taskDefinition"], service["clusterArn"], service["region"], service)

    @staticmethod
    def _report(service: dict[str, Any], message: str) -> None:
        service["events"].insert(0, {"id": uuid.uuid4().hex, "createdAt": time.time(), "message": message})

    # Tasks.

    def _refusal(self, definition: str) -> str | None:
        """Why there is no room for one more task: the quota counts vCPUs of those that have not ended."""
        limit = self.account.conditions.quotas["fargate/L-3032A538"]
        live = [one for one in self._tasks.values() if one["lastStatus"] != "STOPPED"]
        units = sum(int(one["cpu"]) for one in live) + int(self._definitions[definition].get("cpu") or 256)
        return "You’ve reached the limit on the number of vCPUs you can run concurrently" if units > limit * 1024 else None

    def run_task(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self._lock:
            cluster = self._cluster(asked.get("cluster"))
            definition = self._definition(asked["taskDefinition"])
            if definition["status"] != "ACTIVE":
                raise AwsError("ClientException", "TaskDefinition is inactive")
            if not (asked.get("networkConfiguration") or {}).get("awsvpcConfiguration", {}).get("subnets"):
                raise AwsError("InvalidParameterException", "Network Configuration must be provided when networkMode 'awsvpc' is specified.")
            refusal = self._refusal(definition["taskDefinitionArn"])
            if refusal is not None:
                return {"tasks": [], "failures": [{"arn": cluster["clusterArn"], "reason": refusal}]}
            task = self._begin(definition["taskDefinitionArn"], cluster["clusterArn"], call.region, None)
            return {"tasks": [self._task_shown(task)], "failures": []}

    def _begin(self, definition: str, cluster: str, region: str, service: dict[str, Any] | None) -> dict[str, Any]:
        identifier = uuid.uuid4().hex
        arn = f"arn:aws:ecs:{region}:{ACCOUNT}:task/{_last(cluster)}/{identifier}"
        container = self._definitions[definition]["containerDefinitions"][0]
        task = {
            "taskArn": arn,
            "clusterArn": cluster,
            "taskDefinitionArn": definition,
            "lastStatus": "PENDING",
            "desiredStatus": "RUNNING",
            "launchType": "FARGATE",
            "cpu": str(self._definitions[definition].get("cpu") or 256),
            "containers": [{"name": container["name"], "lastStatus": "PENDING"}],
            "service": service and service["serviceArn"],
            "generation": service["generation"] if service else 0,
            "createdAt": time.time(),
        }
        self._tasks[arn] = task
        threading.Thread(target=self._run, args=(task, self._definitions[definition], region, service), daemon=True).start()
        return task

    @staticmethod
    def _task_shown(task: dict[str, Any]) -> dict[str, Any]:
        group = f"service:{_last(task['service'])}" if task["service"] else "family:task"
        return {**{key: value for key, value in task.items() if key not in ("service", "generation")}, "group": group}

    def _run(self, task: dict[str, Any], definition: dict[str, Any], region: str, service: dict[str, Any] | None) -> None:
        container, shown = definition["containerDefinitions"][0], task["containers"][0]
        code: int | None = None
        try:
            image = self._pull(container["image"], definition.get("executionRoleArn"), region)
            code = self._execute(task, definition, container, image, region)
        except AwsError as refused:
            shown["reason"] = task["stoppedReason"] = f"{refused.code}: {refused.message}"
            if service is not None:
                self._report(service, task["stoppedReason"])
        with self._lock:
            if code is not None:
                shown["exitCode"] = code
                task.setdefault("stoppedReason", "Essential container in task exited")
            task["lastStatus"] = task["desiredStatus"] = shown["lastStatus"] = "STOPPED"
            task["stoppedAt"] = time.time()

    def _podman(self, *args: str) -> list[str]:
        folder = self.account.folder / "containers"
        stores = ["--root", str(folder / "store"), "--runroot", str(folder / "run")]
        return ["podman", *stores, "--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--runtime=runc", "--log-level=error", *args]

    def _pull(self, image: str, role: str | None, region: str) -> str:
        """With the rights of the execution role, as the agent of Fargate does it."""
        found = re.fullmatch(rf"{ACCOUNT}\.dkr\.ecr\.{region}\.amazonaws\.com/([^:@]+)(.*)", image)
        if found is None:
            raise AwsError("CannotPullContainerError", f"{image}: only the registry of the account can be reached")
        repository = f"arn:aws:ecr:{region}:{ACCOUNT}:repository/{found[1]}"
        for asked in (Asked("ecr:GetAuthorizationToken", ["*"]), *(Asked(action, [repository]) for action in PULL)):
            lacking = self.account.roles.judge(_last(role or ""), asked)
            if lacking is not None:
                raise AwsError("ResourceInitializationError", f"{role} is not authorized to perform: {asked.action} on {lacking}")
        host = self.account.url.split("//")[1]
        name = f"{host}/{found[1]}{found[2]}"
        with self._pulling:
            if name not in self._pulled:
                # The password is no argument.
                file = self.account.folder / "registry-auth.json"
                file.touch(mode=0o600)
                token = base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
                file.write_text(json.dumps({"auths": {host: {"auth": token}}}))
                command = self._podman("pull", "--quiet", "--tls-verify=false", "--authfile", str(file), name)
                ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
                if ran.returncode != 0:
                    raise AwsError("CannotPullContainerError", ran.stderr[-500:])
                self._pulled.add(name)
        return name

    def _execute(self, task: dict[str, Any], definition: dict[str, Any], container: dict[str, Any], image: str, region: str) -> int:
        identifier = _last(task["taskArn"])
        role = _last(definition.get("taskRoleArn") or "")
        environment = {one["name"]: one["value"] for one in container.get("environment") or []}
        environment |= {
            "AWS_ENDPOINT_URL": self.account.url,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.account.url}/task-credentials/{role}",
            **(self.options.get("environment") or {}),
        }
        flags = ["--name", identifier, "--rm", "--network=host", f"--memory={definition['memory']}m", "--cpus=0.5"]
        # As a user without CAP_SYS_RESOURCE: limits at or above the hard ones can't be set.
        flags += ["--ulimit", "nofile=20000:20000", "--ulimit", "nproc=1000:1000", "--cap-drop=all"]
        flags += ["--security-opt=no-new-privileges", "--read-only-tmpfs=false"]
        flags += ["--read-only"] if container.get("readonlyRootFilesystem") else []
        for inside, path in (self.options.get("files") or {}).items():
            flags += ["--volume", f"{path}:{inside}:ro"]
        for key, value in environment.items():
            flags += ["--env", f"{key}={value}"]
        with self._lock:
            if task["desiredStatus"] == "STOPPED":
                return 137
            process = subprocess.Popen(
                self._podman("run", *flags, image, *(container.get("command") or [])),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._processes[identifier] = process
            task["lastStatus"] = task["containers"][0]["lastStatus"] = "RUNNING"
            task["startedAt"] = time.time()
        with self.account.noted(process.pid):
            self._ship(process, container, definition.get("executionRoleArn"), identifier, region)
            return process.wait()

    def _ship(self, process: Any, container: dict[str, Any], role: str | None, identifier: str, region: str) -> None:
        """Lines go to the log group with the rights of the execution role."""
        options = container["logConfiguration"]["options"]
        place = {
            "logGroupName": options["awslogs-group"],
            "logStreamName": f"{options['awslogs-stream-prefix']}/{container['name']}/{identifier}",
        }
        logs = boto3.client(
            "logs",
            region_name=region,
            endpoint_url=self.account.url,
            aws_access_key_id=self.account.roles.key_of(role) or "none",
            aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            config=Config(retries={"total_max_attempts": 1}),
        )
        logs.create_log_stream(**place)
        for line in process.stdout:
            message = line.decode("utf-8", "replace").rstrip()
            if message:
                event = {"timestamp": int(time.time() * 1000), "message": message[:10000]}
                logs.put_log_events(**place, logEvents=[event])

    def _end(self, task: dict[str, Any], reason: str) -> None:
        """TERM, and KILL after the time that the definition gives."""
        if task["desiredStatus"] == "STOPPED":
            return
        task["desiredStatus"], task["stoppedReason"] = "STOPPED", reason
        container = self._definitions.get(task["taskDefinitionArn"], {}).get("containerDefinitions", [{}])[0]
        seconds = str(container.get("stopTimeout") or 30)
        identifier = _last(task["taskArn"])
        if identifier in self._processes:
            threading.Thread(target=self._stop, args=(identifier, seconds), daemon=True).start()

    def _stop(self, identifier: str, seconds: str) -> None:
        """Again until it ends: podman may be about to make the container, and stops none that is not there yet."""
        while self._processes[identifier].poll() is None:
            if subprocess.run(self._podman("stop", "--time", seconds, identifier), capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.2)

    def describe_tasks(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self._lock:
            self._cluster(asked.get("cluster"))
            known = {_last(arn): task for arn, task in self._tasks.items()}
            found = [self._task_shown(known[_last(one)]) for one in asked["tasks"] if _last(one) in known]
            return {"tasks": found, "failures": []}

    def list_tasks(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        wanted = asked.get("desiredStatus") or "RUNNING"
        with self._lock:
            cluster = self._cluster(asked.get("cluster"))
            own = [one for one in self._tasks.values() if one["clusterArn"] == cluster["clusterArn"]]
            return {"taskArns": [one["taskArn"] for one in own if one["desiredStatus"] == wanted]}

    def stop_task(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self._lock:
            self._cluster(asked.get("cluster"))
            for arn, task in self._tasks.items():
                if _last(arn) == _last(asked["task"]):
                    self._end(task, asked.get("reason") or "Task stopped by user")
                    return {"task": self._task_shown(task)}
        raise AwsError("InvalidParameterException", "The referenced task was not found.")

    def credentials(self, path: str) -> Answer:
        """The keys of a task's role, from the address in its environment."""
        key = self.account.roles.key_of(_last(path))
        if key is None:
            return Answer(404, b"{}", {"content-type": "application/json"})
        until = datetime.now(timezone.utc) + timedelta(hours=6)
        given = {
            "AccessKeyId": key,
            "SecretAccessKey": os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            "Token": "emulated",
            "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return Answer(200, json.dumps(given).encode(), {"content-type": "application/json"})

    def tag(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self._lock:
            keys = {one["key"] for one in asked["tags"]}
            kept = [one for one in self._tags.get(asked["resourceArn"], []) if one["key"] not in keys]
            self._tags[asked["resourceArn"]] = kept + asked["tags"]
        return {}

    def list_tags(self, call: Call) -> dict[str, Any]:
        return {"tags": self._tags.get(call.json()["resourceArn"], [])}

    def tagged(self, region: str) -> list[tuple[str, str, dict[str, str]]]:
        """What the tagging API lists: inactive ones, too."""
        with self._lock:
            return [
                (f"ecs:{arn.split(':')[5].split('/')[0]}", arn, {one["key"]: one["value"] for one in tags})
                for arn, tags in self._tags.items()
                if arn.split(":")[3] == region
            ]

    def close(self) -> None:
        self._ended.set()
        with self._lock:
            running = {name: one for name, one in self._processes.items() if one.poll() is None}
        for name in running:
            subprocess.run(self._podman("rm", "--force", "--ignore", "--time", "0", name), capture_output=True, check=False)
        for process in running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        if self._pulled:
            subprocess.run(self._podman("rmi", "--all", "--force"), capture_output=True, check=False)


def install(account: Account) -> Containers:
    containers = Containers(account)
    account.own("ecs")
    handlers = {
        "CreateCluster": containers.create_cluster,
        "DescribeClusters": containers.describe_clusters,
        "ListClusters": containers.list_clusters,
        "DeleteCluster": containers.delete_cluster,
        "RegisterTaskDefinition": containers.register,
        "DescribeTaskDefinition": containers.describe_definition,
        "DeregisterTaskDefinition": containers.deregister,
        "ListTaskDefinitions": containers.list_definitions,
        "DeleteTaskDefinitions": containers.delete_definitions,
        "CreateService": containers.create_service,
        "DescribeServices": containers.describe_services,
        "UpdateService": containers.update_service,
        "DeleteService": containers.delete_service,
        "RunTask": containers.run_task,
        "DescribeTasks": containers.describe_tasks,
        "ListTasks": containers.list_tasks,
        "StopTask": containers.stop_task,
        "TagResource": containers.tag,
        "ListTagsForResource": containers.list_tags,
    }
    for operation, handler in handlers.items():
        account.serve("ecs", operation, handler, locked=False)
    account.credentials = containers.credentials
    account.at_end(containers.close)
    return containers

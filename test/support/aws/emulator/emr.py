"""EMR: what moto lacks for clusters, and steps as processes (steps.py)."""

from typing import Any

from moto.emr.models import Cluster, ElasticMapReduceBackend, SecurityConfiguration, Step, emr_backends
from moto.emr.models import Instance as ClusterInstance
from moto.emr.responses import ElasticMapReduceResponse

from .account import Account
from .schedules import Events
from .steps import Steps
from .wire import ACCOUNT, AwsError, Call


def _cluster(call: Call, identifier: str) -> Cluster:
    clusters = emr_backends[ACCOUNT][call.region].clusters
    if identifier not in clusters:
        raise AwsError("InvalidRequestException", f"Cluster id '{identifier}' is not valid.")
    return clusters[identifier]


def _tag_nodes(cluster: Cluster) -> None:
    """EMR gives the nodes, their disks and their network interfaces the tags of the cluster.

    https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-iam-policies.html ("Propagated user-specified tagging").
    """
    ec2 = cluster.emr_backend.ec2_backend
    for node in cluster.ec2_instances:
        instance = node.ec2_instance
        disks = [disk.volume_id for disk in instance.block_device_mapping.values() if disk.volume_id]
        own = {**cluster._tags, "aws:elasticmapreduce:job-flow-id": cluster.id}
        for nic in instance.nics.values():
            nic.delete_on_termination = True
        for identifier in (instance.id, *disks, *(nic.id for nic in instance.nics.values())):
            ec2.tags[identifier].update(own)


def _complete_clusters(steps: Steps) -> None:
    terminate = Cluster.terminate

    def add_steps(cluster: Cluster, asked: list[dict[str, Any]]) -> list[Step]:
        added = [Step(state="PENDING", **step) for step in asked]
        cluster.steps.extend(added)
        steps.wake()
        return added

    def end(cluster: Cluster) -> None:
        if cluster.state == "TERMINATED":
            return
        terminate(cluster)
        for group in cluster.instance_groups:
            group.state, group.end_date_time = "TERMINATED", cluster.end_datetime
        for instance in cluster.ec2_instances:
            if instance.ec2_instance.state != "terminated":
                instance.ec2_instance.terminate()
        steps.stop(cluster)

    status = Step.status.fget

    def with_failure(step: Step) -> dict[str, Any]:
        details = getattr(step, "failure_details", None)
        return {**status(step), **({"FailureDetails": details} if details else {})}

    run, tag = ElasticMapReduceBackend.run_instances, Cluster.add_tags

    def run_instances(backend: ElasticMapReduceBackend, cluster_id: str, instances: dict[str, Any], group: Any) -> None:
        # moto starts the nodes in a subnet of its own.
        subnet = backend.clusters[cluster_id].ec2_subnet_id
        run(backend, cluster_id, {**instances, **({"subnet_id": subnet} if subnet else {})}, group)
        _tag_nodes(backend.clusters[cluster_id])

    def add_tags(cluster: Cluster, tags: dict[str, str]) -> None:
        tag(cluster, tags)
        _tag_nodes(cluster)

    ElasticMapReduceBackend.run_instances, Cluster.add_tags = run_instances, add_tags
    Cluster.add_steps, Cluster.terminate = add_steps, end
    Step.status = property(with_failure)
    # A cluster in a private subnet has no public names.
    ClusterInstance.public_dns_name = property(
        lambda instance: instance.ec2_instance.public_dns_name or f"{instance.ec2_instance.private_dns_name}"
    )
    Cluster.master_public_dns_name = property(
        lambda cluster: next(
            (
                instance.private_dns_name
                for instance in cluster.ec2_instances
                if instance.instance_group.id == cluster.master_instance_group_id
            ),
            "",
        )
    )
    # EMR adds rules to managed groups, which would race with those that Terraform writes.
    ElasticMapReduceBackend._manage_security_groups = (
        lambda backend, ec2_subnet_id, emr_managed_master_security_group, emr_managed_slave_security_group, service_access_security_group, **_: (
            emr_managed_master_security_group,
            emr_managed_slave_security_group,
            service_access_security_group,
        )
    )
    # moto reads the region from the host name, and a loopback address has none.
    if "get_region_from_url" in vars(ElasticMapReduceResponse):
        del ElasticMapReduceResponse.get_region_from_url


def install(account: Account, events: Events) -> Steps:
    steps = Steps(account, events)
    account.applications = steps.applications
    _complete_clusters(steps)

    def keep(attribute: str, key: str) -> tuple[Any, Any, Any]:
        """Put, get and remove of a policy of a cluster."""

        def put(call: Call) -> dict[str, Any]:
            asked = call.json()
            setattr(_cluster(call, asked["ClusterId"]), attribute, asked[key])
            return {}

        def get(call: Call) -> dict[str, Any]:
            found = getattr(_cluster(call, call.json()["ClusterId"]), attribute, None)
            return {key: found} if found else {}

        def remove(call: Call) -> dict[str, Any]:
            setattr(_cluster(call, call.json()["ClusterId"]), attribute, None)
            return {}

        return put, get, remove

    for attribute, key in (
        ("auto_termination_policy", "AutoTerminationPolicy"),
        ("managed_scaling_policy", "ManagedScalingPolicy"),
    ):
        put, get, remove = keep(attribute, key)
        account.serve("emr", f"Put{key}", put)
        account.serve("emr", f"Get{key}", get)
        account.serve("emr", f"Remove{key}", remove)

    def set_flag(attribute: str, key: str) -> Any:
        def change(call: Call) -> dict[str, Any]:
            asked = call.json()
            for identifier in asked["JobFlowIds"]:
                setattr(_cluster(call, identifier), attribute, asked[key])
            return {}

        return change

    account.serve(
        "emr",
        "SetKeepJobFlowAliveWhenNoSteps",
        set_flag("keep_job_flow_alive_when_no_steps", "KeepJobFlowAliveWhenNoSteps"),
    )
    account.serve(
        "emr", "SetUnhealthyNodeReplacement", set_flag("unhealthy_node_replacement", "UnhealthyNodeReplacement")
    )

    def cancel(call: Call) -> dict[str, Any]:
        asked = call.json()
        option = asked.get("StepCancellationOption", "SEND_INTERRUPT")
        return {"CancelStepsInfoList": steps.cancel(_cluster(call, asked["ClusterId"]), asked["StepIds"], option)}

    account.serve("emr", "CancelSteps", cancel)

    def list_fleets(_: Call) -> None:
        raise AwsError("InvalidRequestException", "Instance fleets and instance groups are mutually exclusive.")

    account.serve("emr", "ListInstanceFleets", list_fleets)

    described = ElasticMapReduceBackend.describe_step

    def describe_step(backend: ElasticMapReduceBackend, cluster: str, step: str) -> Step:
        from moto.emr.exceptions import InvalidCluster, InvalidRequestException

        if cluster not in backend.clusters:
            raise InvalidCluster(cluster)
        found = described(backend, cluster, step)
        if found is None:
            raise InvalidRequestException(f"Step id '{step}' is not valid.")
        return found

    ElasticMapReduceBackend.describe_step = describe_step
    added = ElasticMapReduceBackend.add_job_flow_steps

    def add(backend: ElasticMapReduceBackend, cluster: str, asked: list[dict[str, Any]]) -> list[Step]:
        from moto.emr.exceptions import InvalidCluster, ValidationException

        if cluster not in backend.clusters:
            raise InvalidCluster(cluster)
        if backend.clusters[cluster].state == "TERMINATED":
            raise ValidationException("A job flow that is shutting down, terminated, or finished may not be modified.")
        return added(backend, cluster, asked)

    ElasticMapReduceBackend.add_job_flow_steps = add
    created = ElasticMapReduceBackend.create_security_configuration

    def create(backend: ElasticMapReduceBackend, name: str, security_configuration: str) -> SecurityConfiguration:
        from moto.emr.exceptions import InvalidRequestException

        # moto drops the message of this error.
        if name in backend.security_configurations:
            raise InvalidRequestException(f"SecurityConfiguration with name '{name}' already exists.")
        return created(backend, name, security_configuration)

    ElasticMapReduceBackend.create_security_configuration = create
    account.at_end(steps.close)
    return steps

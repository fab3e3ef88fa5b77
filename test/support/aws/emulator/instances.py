"""EC2 instances that are real hosts: hooks start and end them.

A hook is a command; on stdin it gets {instanceId, publicKey, keyName, subnetId, imageId, userData, region}. What the start hook answers on
stdout, {publicDns?, publicIp?}, is what DescribeInstances tells from then on; until it ends, the instance is pending.
"""

import json
import subprocess
import sys
import threading
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.emr.models import EXAMPLE_AMI_ID

from .account import Account
from .wire import ACCOUNT


class Instances:
    def __init__(self, account: Account):
        self.account = account
        hooks = account.config.get("instanceHooks") or {}
        self.start_hook: list[str] = hooks.get("start") or []
        self.stop_hook: list[str] = hooks.get("stop") or []
        self._hosts: dict[str, dict[str, Any]] = {}

    def _run(self, hook: list[str], facts: dict[str, Any]) -> dict[str, Any]:
        environment = self.account.environment(facts["region"])
        ran = subprocess.run(
            hook, input=json.dumps(facts).encode(), stdout=subprocess.PIPE, env=environment, check=True
        )
        return json.loads(ran.stdout) if ran.stdout.strip() else {}

    def start(self, instance: Instance) -> None:
        """Runs the hook in the background; the caller holds the lock of EC2."""
        if not self.start_hook:
            return
        backend = ec2_backends[ACCOUNT][instance.region_name]
        key = backend.key_pairs.get(instance.key_name)
        facts = {
            "instanceId": instance.id,
            "keyName": instance.key_name,
            "publicKey": key.public_key if key else None,
            "subnetId": instance.subnet_id,
            "imageId": instance.image_id,
            "userData": str(instance.user_data) if instance.user_data else None,
            "region": instance.region_name,
        }
        instance._state.name, instance._state.code = "pending", 0
        threading.Thread(target=self._boot, args=(instance, facts), daemon=True).start()

    def _boot(self, instance: Instance, facts: dict[str, Any]) -> None:
        try:
            answer = self._run(self.start_hook, facts)
            error = None
        except Exception as failure:
            answer, error = {}, failure
            print(f"the start hook of {facts['instanceId']} failed: {failure}", file=sys.stderr)
        with self.account.locks.hold("ec2"):
            if error is None:
                self._hosts[instance.id] = facts
            gone = instance._state.name != "pending"
            if not gone and error is None:
                instance.emulated_dns, instance.emulated_ip = answer.get("publicDns"), answer.get("publicIp")
                instance._state.name, instance._state.code = "running", 16
            elif not gone:
                instance.terminate()
                instance.state_reason.code = "Server.InternalError"
                instance.state_reason.message = f"Server.InternalError: {error}"
        if gone:
            self.stop(facts["instanceId"])

    def stop(self, identifier: str) -> None:
        facts = self._hosts.pop(identifier, None)
        if facts is None or not self.stop_hook:
            return
        try:
            self._run(self.stop_hook, facts)
        except Exception as failure:
            print(f"the stop hook of {identifier} failed: {failure}", file=sys.stderr)

    def close(self) -> None:
        for identifier in list(self._hosts):
            self.stop(identifier)


def install(account: Account) -> None:
    instances = Instances(account)
    run, terminate, stop, start = (
        InstanceBackend.run_instances,
        Instance.terminate,
        InstanceBackend.stop_instances,
        InstanceBackend.start_instances,
    )

    def run_instances(backend: Any, image_id: str, *more: Any, **named: Any) -> Any:
        reservation = run(backend, image_id, *more, **named)
        for instance in reservation.instances:
            # Groups that were given with the network interface are the instance's too.
            instance.security_groups = instance.security_groups or list(instance.nics[0].group_set)
        if image_id != EXAMPLE_AMI_ID:  # which is what moto's EMR clusters run on
            for instance in reservation.instances:
                instances.start(instance)
        return reservation

    def later(identifier: str) -> None:
        threading.Thread(target=instances.stop, args=(identifier,), daemon=True).start()

    def terminate_instance(instance: Instance) -> Any:
        previous = terminate(instance)
        later(instance.id)
        return previous

    def stop_instances(backend: Any, identifiers: list[str]) -> Any:
        stopped = stop(backend, identifiers)
        for identifier in identifiers:
            later(identifier)
        return stopped

    def start_instances(backend: Any, identifiers: list[str]) -> Any:
        started = start(backend, identifiers)
        for instance, _ in started:
            instances.start(instance)
        return started

    InstanceBackend.run_instances, Instance.terminate = run_instances, terminate_instance
    InstanceBackend.stop_instances, InstanceBackend.start_instances = stop_instances, start_instances
    address, name = Instance.public_ip.fget, Instance.public_dns_name.fget
    Instance.public_ip = property(lambda instance: getattr(instance, "emulated_ip", None) or address(instance))
    Instance.public_ip_address = Instance.public_ip
    Instance.public_dns_name = property(lambda instance: getattr(instance, "emulated_dns", None) or name(instance))
    account.at_end(instances.close)

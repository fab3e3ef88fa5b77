"""YARN of a cluster: applications that wait for memory, and that outlive the step which submitted them."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from moto.emr.models import Cluster

# MB that YARN has on a node, by instance type: "Task configuration" in EMR's release guide.
NODE_MEMORY = {"m5.xlarge": 12288, "m6g.xlarge": 11712, "m6g.2xlarge": 23424, "r6g.xlarge": 23424}
# "yarn.scheduler.minimum-allocation-mb" of the same page.
LEAST = 32
# What Spark adds to a heap: a tenth, but at least so many MB ("spark.driver.memoryOverhead").
OVERHEAD = 384
# A NodeManager kills a container so long after TERM ("yarn.nodemanager.sleep-delay-before-sigkill.ms").
GRACE = 0.25
# Share of the memory for application masters ("yarn.scheduler.capacity.maximum-am-resource-percent").
MASTERS = 0.1


def read_size(text: str) -> int:
    """A size of Spark, such as `768m` or `1g`, in MB."""
    units = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024 * 1024}
    number, unit = (text[:-1], text[-1].lower()) if text[-1:].isalpha() else (text, "m")
    return int(float(number) * units[unit])


def container(heap: int) -> int:
    """MB of a container with this heap."""
    whole = heap + max(OVERHEAD, heap // 10)
    return -(-whole // LEAST) * LEAST


@dataclass
class Submission:
    """What `spark-submit` is asked for."""

    mode: str
    master: int
    executors: int

    @staticmethod
    def read(arguments: list[str]) -> "Submission":
        """EMR's defaults are those of its `spark-defaults`: YARN, client mode, executors as they are needed."""
        conf: dict[str, str] = {}
        mode, at = "client", 1
        while at < len(arguments) and arguments[at].startswith("--"):
            option, value = arguments[at], arguments[at + 1] if at + 1 < len(arguments) else ""
            if option == "--deploy-mode":
                mode = value
            elif option == "--conf":
                key, _, set_to = value.partition("=")
                conf[key] = set_to
            at += 2
        heap = lambda key, default: container(read_size(conf.get(key, default)))
        master = heap("spark.driver.memory", "2048m") if mode == "cluster" else heap("spark.yarn.am.memory", "512m")
        fixed = conf.get("spark.dynamicAllocation.enabled") == "false"
        count = int(conf.get("spark.executor.instances", "2")) if fixed else 0
        return Submission(mode, master, count * heap("spark.executor.memory", "4743m"))


@dataclass
class Application:
    """A process group: its leader is the driver, or what started it."""

    name: str
    submission: Submission
    # starts the leader, unless that is no longer wanted
    launch: "Callable[[Application], None]"
    state: str = "ACCEPTED"
    process: "subprocess.Popen[bytes] | None" = None
    over: threading.Event = field(default_factory=threading.Event)

    def kill(self) -> None:
        """Ends a driver within a container: TERM and, so soon that no orderly end has the time, KILL."""
        if self.process is None:
            return
        signal_group(self.process.pid, signal.SIGTERM)
        self.over.wait(GRACE)
        signal_group(self.process.pid, signal.SIGKILL)


class Yarn:
    """The applications of one cluster, in the order of their submission."""

    def __init__(self, cluster: Cluster):
        self.cluster = cluster
        self._changed = threading.Condition()
        self._applications: list[Application] = []
        self._ended = False

    def room(self) -> int:
        """MB of all nodes that run containers; those of the primary node where there is no other."""
        groups = self.cluster.instance_groups
        workers = [group for group in groups if group.role in ("CORE", "TASK")] or groups
        unknown = {group.instance_type for group in workers} - NODE_MEMORY.keys()
        if unknown:
            raise ValueError(f"the memory of {', '.join(sorted(unknown))} is not known: see yarn.py")
        return sum(NODE_MEMORY[group.instance_type] * int(group.num_instances) for group in workers)

    def masters(self) -> float:
        for configuration in self.cluster.configurations or []:
            if configuration.get("Classification", configuration.get("classification")) == "capacity-scheduler":
                properties = configuration.get("Properties", configuration.get("properties")) or {}
                return float(properties.get("yarn.scheduler.capacity.maximum-am-resource-percent", MASTERS))
        return MASTERS

    def run(self, application: Application) -> None:
        """Waits for memory, starts the application and waits until none of its processes is left."""
        with self._changed:
            self._applications.append(application)
            self._changed.wait_for(
                lambda: self._ended or application.state == "KILLED" or self._fits(application)
            )
            if application.state == "ACCEPTED":
                application.state = "KILLED" if self._ended else "RUNNING"
        try:
            if application.state == "RUNNING":
                application.launch(application)
                while application.process is not None and exists(application.process):
                    time.sleep(0.05)
        finally:
            with self._changed:
                application.state = "FINISHED"
                self._applications.remove(application)
                self._changed.notify_all()
            application.over.set()

    def withdraw(self, application: Application) -> bool:
        """Takes back one that still waits: its client has died. @return whether it waited"""
        with self._changed:
            waits = application.state == "ACCEPTED"
            if waits:
                application.state = "KILLED"
                self._changed.notify_all()
            return waits

    def _fits(self, application: Application) -> bool:
        before = self._applications[: self._applications.index(application)]
        if any(other.state == "ACCEPTED" for other in before):
            return False
        running = [other.submission for other in self._applications if other.state == "RUNNING"]
        asked, room = application.submission, self.room()
        masters = sum(other.master for other in running)
        used = masters + sum(other.executors for other in running)
        # The first application master is let in, however large its share is.
        shared = not running or masters + asked.master <= room * self.masters()
        return shared and used + asked.master + asked.executors <= room

    def listing(self) -> list[dict[str, object]]:
        with self._changed:
            return [
                {
                    "name": each.name,
                    "state": each.state,
                    "mode": each.submission.mode,
                    "memory": each.submission.master + each.submission.executors,
                }
                for each in self._applications
            ]

    def end(self) -> list[Application]:
        """The nodes of the cluster go: nothing is started any more. @return what still runs or waits"""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
            return list(self._applications)


def exists(process: "subprocess.Popen[bytes]") -> bool:
    """Whether any process of the group runs; one that nobody waits for, as its parent has died, does not count."""
    return process.poll() is None or any(_group(folder) == process.pid for folder in os.listdir("/proc"))


def _group(folder: str) -> int | None:
    """The group of a running process. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    if not folder.isdigit():
        return None
    try:
        with open(f"/proc/{folder}/stat") as stat:
            state, _, group = stat.read().rpartition(")")[2].split()[:3]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else int(group)


def signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        pass

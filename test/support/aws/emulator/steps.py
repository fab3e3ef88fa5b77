"""Steps of EMR clusters: real processes, started in order as concurrency allows, ended by TERM and then KILL."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from moto.core.utils import utcnow
from moto.emr.models import Cluster, Step, emr_backends

from .account import Account
from .schedules import Events
from .wire import ACCOUNT

LIVE = ("PENDING", "RUNNING", "CANCEL_PENDING")


class Steps:
    """Code that changes a step holds the lock of EMR; processes and events are handled without it."""

    def __init__(self, account: Account, events: Events):
        self.account, self.events = account, events
        self.runner: list[str] = account.config.get("stepRunner") or []
        self.grace = float(account.config.get("stepGraceSeconds", 20))
        self.log_every = float(account.config.get("stepLogSeconds", 15))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._work = threading.Event()
        self._ended = threading.Event()
        threading.Thread(target=self._start_pending, daemon=True).start()

    def wake(self) -> None:
        self._work.set()

    def _hold(self) -> Any:
        return self.account.locks.hold("emr")

    def _start_pending(self) -> None:
        while not self._ended.is_set():
            self._work.wait()
            self._work.clear()
            with self._hold():
                due = [
                    (cluster, step)
                    for backend in list(emr_backends[ACCOUNT].values())
                    for cluster in list(backend.clusters.values())
                    for step in self._due(cluster)
                ]
            for cluster, step in due:
                try:
                    self._start(cluster, step)
                except Exception as failure:
                    traceback.print_exc(file=sys.stderr)
                    self._end(cluster, step, "FAILED", str(failure))

    @staticmethod
    def _due(cluster: Cluster) -> list[Step]:
        """Marks the next pending steps as running, up to the concurrency limit, and returns them."""
        if cluster.state in ("TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"):
            return []
        running = sum(step.state in ("RUNNING", "CANCEL_PENDING") for step in cluster.steps)
        due = [step for step in cluster.steps if step.state == "PENDING"][
            : max(0, cluster.step_concurrency_level - running)
        ]
        for step in due:
            step.state, step.start_date_time = "RUNNING", utcnow()
        if due:
            cluster.state = "RUNNING"
        return due

    def folder(self, cluster: Cluster, step: Step) -> Path:
        return self.account.folder / "emr" / cluster.id / step.id

    def _start(self, cluster: Cluster, step: Step) -> None:
        self._tell(cluster, step)
        folder = self.folder(cluster, step)
        folder.mkdir(parents=True, exist_ok=True)
        if step.jar.rsplit("/", 1)[-1] != "command-runner.jar" or not self.runner:
            known = "the emulated account has no step runner" if not self.runner else "only command-runner.jar is run"
            (folder / "stderr").write_text(known + "\n")
            self._end(cluster, step, "FAILED", known)
            return
        region = cluster.emr_backend.region_name
        environment = {**self.account.environment(region), "EMR_CLUSTER_ID": cluster.id, "EMR_STEP_ID": step.id}
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err, self._hold():
            if step.state != "RUNNING":  # cancelled meanwhile
                return
            process = subprocess.Popen(
                [*self.runner, *step.args],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
            self._processes[step.id] = process
        threading.Thread(target=self._follow, args=(cluster, step, process), daemon=True).start()

    def _follow(self, cluster: Cluster, step: Step, process: subprocess.Popen[bytes]) -> None:
        with self.account.noted(process.pid):
            code = self._await(cluster, step, process)
            _signal(process, signal.SIGKILL)  # children that it left in its group
        self._processes.pop(step.id, None)
        with self._hold():
            cancelled = step.state == "CANCEL_PENDING"
        if cancelled:
            self._end(cluster, step, "CANCELLED", "Cancelled by user")
        elif code == 0:
            self._end(cluster, step, "COMPLETED", None)
        else:
            self._end(cluster, step, "FAILED", f"exit code {code}")

    def _await(self, cluster: Cluster, step: Step, process: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                return process.wait(self.log_every)
            except subprocess.TimeoutExpired:
                self._ship_logs(cluster, step)

    def _end(self, cluster: Cluster, step: Step, state: str, reason: str | None) -> None:
        self._ship_logs(cluster, step)
        with self._hold():
            step.state, step.end_date_time = state, utcnow()
            step.last_state_change_reason = reason
            if state == "FAILED":
                where = (
                    f"{cluster.log_uri.rstrip('/')}/{cluster.id}/steps/{step.id}/stderr.gz" if cluster.log_uri else ""
                )
                step.failure_details = {"Reason": "Unknown Error.", "Message": reason, "LogFile": where}
            ended = cluster.state in ("TERMINATING", "TERMINATED")
            if not ended and not any(other.state in ("RUNNING", "CANCEL_PENDING") for other in cluster.steps):
                cluster.state = "WAITING"
        self._tell(cluster, step)
        if state == "FAILED" and not ended:
            self._act_on_failure(cluster, step)
        self.wake()

    def _act_on_failure(self, cluster: Cluster, step: Step) -> None:
        if step.action_on_failure in ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
            with self._hold():
                cluster.terminate()
        elif step.action_on_failure == "CANCEL_AND_WAIT":
            with self._hold():
                others = [other.id for other in cluster.steps if other.state == "PENDING"]
            self.cancel(cluster, others)

    def cancel(self, cluster: Cluster, identifiers: list[str]) -> list[dict[str, str]]:
        """Cancels steps: processes get TERM, and KILL when they do not end. @return the answer of CancelSteps"""
        answers, told = [], []
        with self._hold():
            for identifier in identifiers:
                step = next((step for step in cluster.steps if step.id == identifier), None)
                if step is None or step.state not in ("PENDING", "RUNNING"):
                    reason = "The step does not exist." if step is None else f"The step is {step.state}."
                    answers.append({"StepId": identifier, "Status": "FAILED", "Reason": reason})
                    continue
                answers.append({"StepId": identifier, "Status": "SUBMITTED"})
                process = self._processes.get(identifier)
                if process is None:
                    step.state, step.end_date_time = "CANCELLED", utcnow()
                    told.append(step)
                else:
                    step.state = "CANCEL_PENDING"
                    self._stop(process)
        for step in told:
            self._tell(cluster, step)
        return answers

    def stop(self, cluster: Cluster) -> None:
        """Ends all steps of a terminated cluster; the caller holds the lock."""
        self.cancel(cluster, [step.id for step in cluster.steps if step.state in LIVE])

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        def insist() -> None:
            try:
                process.wait(self.grace)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)

        _signal(process, signal.SIGTERM)
        threading.Thread(target=insist, daemon=True).start()

    def _tell(self, cluster: Cluster, step: Step) -> None:
        """The event of a change: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-manage-cloudwatch-events.html"""
        words = {"RUNNING": "started running", "COMPLETED": "completed execution", "CANCELLED": "was cancelled"}
        detail = {
            "severity": "ERROR" if step.state == "FAILED" else "INFO",
            "actionOnFailure": step.action_on_failure,
            "stepId": step.id,
            "name": step.name,
            "clusterId": cluster.id,
            "state": step.state,
            "message": f"Step {step.id} ({step.name}) in Amazon EMR cluster {cluster.id} ({cluster.name}) "
            f"{words.get(step.state, step.state.lower())}.",
        }
        self.events.emit(cluster.emr_backend.region_name, "aws.emr", "EMR Step Status Change", detail, [])

    def _ship_logs(self, cluster: Cluster, step: Step) -> None:
        """Writes the log to `<LogUri>/<cluster>/steps/<step>/` if the bucket still exists."""
        if not cluster.log_uri:
            return
        bucket, _, prefix = cluster.log_uri.split("://", 1)[1].partition("/")
        key = "/".join(part for part in (prefix.strip("/"), cluster.id, "steps", step.id) if part)
        s3 = self.account.client("s3", cluster.emr_backend.region_name)
        controller = json.dumps({"step": step.id, "name": step.name, "arguments": step.args, "state": step.state})
        try:
            s3.put_object(Bucket=bucket, Key=f"{key}/controller.gz", Body=gzip.compress(controller.encode()))
            for name in ("stdout", "stderr"):
                file = self.folder(cluster, step) / name
                if file.exists():
                    s3.put_object(Bucket=bucket, Key=f"{key}/{name}.gz", Body=gzip.compress(file.read_bytes()))
        except s3.exceptions.NoSuchBucket:
            pass

    def close(self) -> None:
        """Ends all processes and waits for them."""
        self._ended.set()
        self._work.set()
        running = list(self._processes.values())
        for process in running:
            _signal(process, signal.SIGTERM)
        for process in running:
            try:
                process.wait(self.grace)
            except subprocess.TimeoutExpired:
                pass
            _signal(process, signal.SIGKILL)
        shutil.rmtree(self.account.folder / "emr", ignore_errors=True)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass

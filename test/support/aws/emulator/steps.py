"""Steps of EMR clusters: real processes, started in order as concurrency allows; those of Spark as applications of YARN."""

import gzip
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from moto.core.utils import utcnow
from moto.emr.models import Cluster, Step, emr_backends

from .account import Account
from .roles import role_of_profile
from .schedules import Events
from .wire import ACCOUNT
from .yarn import Application, Submission, Yarn, exists, signal_group

LIVE = ("PENDING", "RUNNING", "CANCEL_PENDING")


class Steps:
    """Code that changes a step holds the lock of EMR; processes and events are handled without it."""

    def __init__(self, account: Account, events: Events):
        self.account, self.events = account, events
        self.runner: list[str] = account.config.get("stepRunner") or []
        self.grace = float(account.config.get("stepGraceSeconds", 20))
        self.log_every = float(account.config.get("stepLogSeconds", 15))
        self._applications: dict[str, Application] = {}
        self._yarns: dict[str, Yarn] = {}
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
        is_spark = step.args[:1] == ["spark-submit"]
        yarn = self._yarn(cluster)
        # What is no application of Spark runs on the primary node and needs no container.
        submission = Submission.read(step.args) if is_spark else Submission("client", 0, 0)
        application = Application(step.name, submission, lambda own: self._launch(cluster, step, own))
        with self._hold():
            if step.state != "RUNNING":  # cancelled meanwhile
                return
            self._applications[step.id] = application
        threading.Thread(target=yarn.run, args=(application,), daemon=True).start()
        threading.Thread(target=self._follow, args=(cluster, step, application), daemon=True).start()

    def _yarn(self, cluster: Cluster) -> Yarn:
        return self._yarns.setdefault(cluster.id, Yarn(cluster))

    def _launch(self, cluster: Cluster, step: Step, application: Application) -> None:
        folder, region = self.folder(cluster, step), cluster.emr_backend.region_name
        role = role_of_profile(cluster.role)
        environment = {**self.account.environment(region, role), "EMR_CLUSTER_ID": cluster.id, "EMR_STEP_ID": step.id}
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err, self._hold():
            if step.state != "RUNNING" and application.submission.mode == "client":  # cancelled meanwhile
                return
            application.process = process = subprocess.Popen(
                [*self.runner, *step.args],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
        threading.Thread(target=self._note, args=(process,), daemon=True).start()

    def _note(self, process: "subprocess.Popen[bytes]") -> None:
        with self.account.noted(process.pid):
            while exists(process):
                time.sleep(0.2)

    def _follow(self, cluster: Cluster, step: Step, application: Application) -> None:
        """The client of the submission: in client mode the driver itself, in cluster mode only a watcher."""
        shipped = time.monotonic()
        while not self._is_client_over(step, application):
            application.over.wait(0.05)
            if time.monotonic() - shipped > self.log_every:
                self._ship_logs(cluster, step)
                shipped = time.monotonic()
        with self._hold():
            cancelled = step.state == "CANCEL_PENDING"
        code = None if application.process is None else application.process.poll()
        if cancelled:
            self._end(cluster, step, "CANCELLED", "Cancelled by user")
        elif code == 0:
            self._end(cluster, step, "COMPLETED", None)
        else:
            self._end(cluster, step, "FAILED", f"exit code {code}")

    def _is_client_over(self, step: Step, application: Application) -> bool:
        if application.over.is_set():
            return True
        if application.submission.mode == "cluster":
            return step.state == "CANCEL_PENDING"
        # A driver that the client has started may live on: it is no child that anybody waits for.
        return application.process is not None and application.process.poll() is not None

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
            self.cancel(cluster, others, "SEND_INTERRUPT")

    def cancel(self, cluster: Cluster, identifiers: list[str], option: str) -> list[dict[str, str]]:
        """
        Cancels steps. SEND_INTERRUPT is a TERM for the process of the step and for nothing that it has started; TERMINATE_PROCESS is a KILL for
        both. Neither reaches an application that runs in containers of the cluster.
        https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-cancel-steps.html
        @return the answer of CancelSteps
        """
        answers, told = [], []
        with self._hold():
            for identifier in identifiers:
                step = next((step for step in cluster.steps if step.id == identifier), None)
                if step is None or step.state not in ("PENDING", "RUNNING"):
                    reason = "The step does not exist." if step is None else f"The step is {step.state}."
                    answers.append({"StepId": identifier, "Status": "FAILED", "Reason": reason})
                    continue
                answers.append({"StepId": identifier, "Status": "SUBMITTED"})
                application = self._applications.get(identifier)
                if application is None:
                    step.state, step.end_date_time = "CANCELLED", utcnow()
                    told.append(step)
                else:
                    step.state = "CANCEL_PENDING"
                    self._interrupt(cluster, application, option)
        for step in told:
            self._tell(cluster, step)
        return answers

    def _interrupt(self, cluster: Cluster, application: Application, option: str) -> None:
        # In cluster mode only the watcher ends, which is no process here.
        if application.submission.mode == "cluster" or self._yarn(cluster).withdraw(application):
            return
        process = application.process
        if process is None:
            return
        if option == "TERMINATE_PROCESS":
            signal_group(process.pid, signal.SIGKILL)
        else:
            process.send_signal(signal.SIGTERM)

    def stop(self, cluster: Cluster) -> None:
        """Ends everything on the nodes of a terminated cluster; the caller holds the lock."""
        for step in cluster.steps:
            if step.state == "PENDING":
                step.state, step.end_date_time = "CANCELLED", utcnow()
            elif step.state == "RUNNING":
                step.state = "CANCEL_PENDING"
        for application in self._yarn(cluster).end():
            threading.Thread(target=application.kill, daemon=True).start()

    def applications(self) -> list[dict[str, object]]:
        """What YARN lists for each cluster."""
        return [{"cluster": name, **each} for name, yarn in list(self._yarns.items()) for each in yarn.listing()]

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
        left = [application for yarn in list(self._yarns.values()) for application in yarn.end()]
        for application in left:
            if application.process is not None:
                signal_group(application.process.pid, signal.SIGTERM)
        limit = time.monotonic() + self.grace
        for application in left:
            application.over.wait(max(0.0, limit - time.monotonic()))
            if application.process is not None:
                signal_group(application.process.pid, signal.SIGKILL)
        shutil.rmtree(self.account.folder / "emr", ignore_errors=True)

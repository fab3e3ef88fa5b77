"""Runs of Glue's jobs: real processes, one at a time where the job says so, with the rights of the job's role.

States and errors: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html
"""

import json
import secrets
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto.core.utils import utcnow
from moto.glue.models import FakeJob, glue_backends

from .account import Account
from .schedules import Events
from .wire import ACCOUNT, AwsError, Call
from .yarn import exists, signal_group

LIVE = ("STARTING", "RUNNING", "STOPPING")
# What a job takes at UpdateJob, by its name in moto.
FIELDS = {
    "Description": "description",
    "Role": "role",
    "ExecutionProperty": "execution_property",
    "Command": "command",
    "DefaultArguments": "default_arguments",
    "NonOverridableArguments": "non_overridable_arguments",
    "Connections": "connections",
    "MaxRetries": "max_retries",
    "Timeout": "timeout",
    "MaxCapacity": "max_capacity",
    "SecurityConfiguration": "security_configuration",
    "NotificationProperty": "notification_property",
    "GlueVersion": "glue_version",
    "NumberOfWorkers": "number_of_workers",
    "WorkerType": "worker_type",
    "ExecutionClass": "execution_class",
}


class GlueJobs:
    def __init__(self, account: Account, events: Events):
        self.account, self.events = account, events
        self.runner: list[str] = account.config.get("glueRunner") or []
        # Seconds in a minute of a job's time limit.
        self.minute = float(account.config.get("glueMinuteSeconds", 60))
        self._lock = threading.Lock()
        self._runs: dict[str, dict[str, Any]] = {}
        self._processes: dict[str, "subprocess.Popen[bytes]"] = {}

    def _job(self, name: str, region: str) -> FakeJob:
        found = glue_backends[ACCOUNT][region].jobs.get(name)
        if found is None:
            raise AwsError("EntityNotFoundException", f"Failed to start job run due to missing metadata: {name}")
        return found

    def update(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self.account.locks.hold("glue"):
            job, given = self._job(asked["JobName"], call.region), asked["JobUpdate"]
            # The definition before is overwritten as a whole.
            for key, field in FIELDS.items():
                setattr(job, field, given.get(key))
            job.last_modified_on = utcnow()
        return {"JobName": asked["JobName"]}

    def start(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self.account.locks.hold("glue"):
            job = self._job(asked["JobName"], call.region)
            most = (job.execution_property or {}).get("MaxConcurrentRuns", 1)
        identifier = f"jr_{secrets.token_hex(32)}"
        run = {
            "Id": identifier,
            "Attempt": 0,
            "JobName": job.name,
            "StartedOn": time.time(),
            "LastModifiedOn": time.time(),
            "JobRunState": "STARTING",
            "Arguments": asked.get("Arguments") or {},
            "PredecessorRuns": [],
            "AllocatedCapacity": job.number_of_workers,
            "MaxCapacity": float(job.number_of_workers or 0),
            "NumberOfWorkers": job.number_of_workers,
            "WorkerType": job.worker_type,
            "GlueVersion": job.glue_version,
            "ExecutionTime": 0,
            "Timeout": asked.get("Timeout") or job.timeout,
        }
        with self._lock:
            live = [one for one in self._runs.values() if one["JobName"] == job.name and one["JobRunState"] in LIVE]
            if len(live) >= most:
                raise AwsError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job.name}")
            self._runs[identifier] = run
        threading.Thread(target=self._run, args=(job, run, call.region), daemon=True).start()
        return {"JobRunId": identifier}

    def _run(self, job: FakeJob, run: dict[str, Any], region: str) -> None:
        folder = self.account.folder / "glue" / run["Id"]
        folder.mkdir(parents=True)
        arguments = {**(job.default_arguments or {}), **run["Arguments"], **(job.non_overridable_arguments or {})}
        environment = self.account.environment(region, job.role)
        asked = {"job": job.name, "script": job.command["ScriptLocation"], "arguments": arguments}
        with (folder / "output").open("wb") as out, self._lock:
            if run["JobRunState"] == "STARTING":
                process = subprocess.Popen(
                    [*self.runner, json.dumps(asked)],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env=environment,
                    start_new_session=True,
                )
                self._processes[run["Id"]] = process
                self._set(run, "RUNNING")
        if run["JobRunState"] != "STOPPING":
            with self.account.noted(process.pid):
                self._await(process, run)
        self._write_log(arguments, run, folder / "output", environment, region)
        with self._lock:
            stopped, late = run["JobRunState"] == "STOPPING", run.get("late", False)
            code = None if stopped else process.poll()
            state = "STOPPED" if stopped else "TIMEOUT" if late else "SUCCEEDED" if code == 0 else "FAILED"
            if state == "FAILED":
                run["ErrorMessage"] = f"Command failed with exit code {code}"
            run["CompletedOn"] = time.time()
            run["ExecutionTime"] = int(run["CompletedOn"] - run["StartedOn"])
            self._set(run, state)
        # https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
        detail = {
            "jobName": job.name,
            "severity": "INFO" if state == "SUCCEEDED" else "ERROR",
            "state": state,
            "jobRunId": run["Id"],
            "message": run.get("ErrorMessage") or f"Job run {state.lower()}",
        }
        self.events.emit(region, "aws.glue", "Glue Job State Change", detail, [])

    @staticmethod
    def _set(run: dict[str, Any], state: str) -> None:
        run["JobRunState"], run["LastModifiedOn"] = state, time.time()

    def _await(self, process: "subprocess.Popen[bytes]", run: dict[str, Any]) -> None:
        limit = time.monotonic() + (run["Timeout"] or 2880) * self.minute
        while process.poll() is None:
            time.sleep(0.05)
            if time.monotonic() > limit:
                run["late"] = True
                signal_group(process.pid, signal.SIGKILL)
        while exists(process):
            time.sleep(0.05)

    def _write_log(
        self, arguments: dict[str, str], run: dict[str, Any], file: Path, environment: dict[str, str], region: str
    ) -> None:
        """What a driver prints goes to `<prefix>/output`, with the rights of the job's role, as all that it does."""
        prefix = arguments.get("--custom-logGroup-prefix") or "/aws-glue/jobs"
        logs = boto3.client(
            "logs",
            region_name=region,
            endpoint_url=self.account.url,
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )
        place = {"logGroupName": f"{prefix}/output", "logStreamName": run["Id"]}
        at = int(time.time() * 1000)
        lines = [line for line in file.read_text(errors="replace").splitlines() if line][-1000:]
        try:
            logs.create_log_stream(**place)
            if lines:
                logs.put_log_events(**place, logEvents=[{"timestamp": at, "message": line[:10000]} for line in lines])
        except logs.exceptions.ClientError as refused:
            # A job without a log runs all the same.
            file.with_name("no-log").write_text(str(refused))

    def _known(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        with self._lock:
            run = self._runs.get(asked["RunId"])
            if run is None or run["JobName"] != asked["JobName"]:
                raise AwsError("EntityNotFoundException", f"Job run {asked['RunId']} not found")
            return dict(run)

    def describe(self, call: Call) -> dict[str, Any]:
        return {"JobRun": self._known(call)}

    def list(self, call: Call) -> dict[str, Any]:
        name = call.json()["JobName"]
        with self._lock:
            found = [dict(run) for run in self._runs.values() if run["JobName"] == name]
        return {"JobRuns": found[::-1]}

    def stop(self, call: Call) -> dict[str, Any]:
        asked, stopped, errors = call.json(), [], []
        with self._lock:
            for identifier in asked["JobRunIds"]:
                name = {"JobName": asked["JobName"], "JobRunId": identifier}
                run = self._runs.get(identifier)
                if run is None or run["JobRunState"] not in ("STARTING", "RUNNING"):
                    reason = "JobRun not found" if run is None else "JobRun is in a terminal state"
                    code = "EntityNotFoundException" if run is None else "InvalidInputException"
                    errors.append({**name, "ErrorDetail": {"ErrorCode": code, "ErrorMessage": reason}})
                    continue
                stopped.append(name)
                self._set(run, "STOPPING")
                process = self._processes.get(identifier)
                if process is not None:
                    signal_group(process.pid, signal.SIGKILL)
        return {"SuccessfulSubmissions": stopped, "Errors": errors}

    def close(self) -> None:
        with self._lock:
            processes = list(self._processes.values())
        for process in processes:
            if process.poll() is None:
                signal_group(process.pid, signal.SIGKILL)


def install(account: Account, events: Events) -> None:
    jobs = GlueJobs(account, events)
    handlers = {
        "UpdateJob": jobs.update,
        "StartJobRun": jobs.start,
        "GetJobRun": jobs.describe,
        "GetJobRuns": jobs.list,
        "BatchStopJobRun": jobs.stop,
    }
    for operation, handler in handlers.items():
        account.serve("glue", operation, handler, locked=False)
    account.at_end(jobs.close)

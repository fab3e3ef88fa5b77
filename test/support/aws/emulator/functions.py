"""Lambda: functions run in the local Node or Java. Each invocation is a process, synchronous or from a queue with retries."""

import base64
import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import EventInvokeConfig, LambdaBackend, LambdaFunction, lambda_backends

from .account import Account
from .runtime_api import RuntimeApi
from .wire import ACCOUNT, Answer, AwsError, Call

BOOTSTRAP = Path(__file__).with_name("bootstrap.mjs")


# The answer and the kind of error if any; or the exit status of a process without an answer; or a timeout.
Ended = tuple[Any, str | None] | int | Literal["timeout"]


@dataclass
class Outcome:
    """The result of an invocation: its payload (JSON), the kind of error if any, its log."""

    payload: bytes
    error: str | None
    log: str


class Functions:
    def __init__(self, account: Account):
        self.account = account
        self.node = account.config.get("node") or "node"
        # command of Java, and the class path of AWS's runtime client for it
        self.java: dict[str, str] = account.config.get("java") or {}
        # Lambda waits one minute, then two; tests do not
        self.pause = float(account.config.get("retrySeconds", 0.5))
        self._free = threading.Condition()
        self._running: dict[str, int] = {}
        self._processes: dict[str, tuple[str, subprocess.Popen[bytes]]] = {}
        self._ended = threading.Event()

    def find(self, name: str, region: str) -> LambdaFunction:
        """Finds a function by name or ARN. @raise AwsError when there is none"""
        if name.startswith("arn:"):
            region, name = name.split(":")[3], name.split(":")[6]
        with self.account.locks.hold("lambda"):
            try:
                return lambda_backends[ACCOUNT][region].get_function(name)
            except Exception:
                arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"
                raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404) from None

    def answer(self, call: Call) -> Answer:
        """The operation Invoke."""
        function = self.find(call.labels["FunctionName"], call.region)
        kind = call.headers.get("x-amz-invocation-type", "RequestResponse")
        try:
            json.loads(call.body or b"{}")
        except ValueError:
            raise AwsError("InvalidRequestContentException", "Could not parse request body into json") from None
        headers = {"x-amzn-RequestId": str(uuid.uuid4()), "content-type": "application/json"}
        if kind == "DryRun":
            return Answer(204, b"", headers)
        if kind == "Event":
            self.start(function, call.body)
            return Answer(202, b"", headers)
        if not self._take(function, wait=False):
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)
        outcome = self._run(function, call.body)
        headers["X-Amz-Executed-Version"] = "$LATEST"
        if outcome.error:
            headers["X-Amz-Function-Error"] = outcome.error
        if call.headers.get("x-amz-log-type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log.encode()[-4096:]).decode()
        return Answer(200, outcome.payload, headers)

    def start(self, function: LambdaFunction, payload: bytes) -> threading.Thread:
        """Invokes asynchronously with retries; a failure goes to the dead-letter queue or the destination for failures."""
        thread = threading.Thread(target=self._run_queued, args=(function, payload), daemon=True)
        thread.start()
        return thread

    def run(self, function: LambdaFunction, payload: bytes) -> Outcome:
        self._take(function, wait=True)
        return self._run(function, payload)

    def _run_queued(self, function: LambdaFunction, payload: bytes) -> None:
        settings = function.event_invoke_config[0].config if function.event_invoke_config else {}
        attempts = 1 + settings.get("MaximumRetryAttempts", 2)
        for attempt in range(1, attempts + 1):
            if not self._take(function, wait=True):
                return
            outcome = self._run(function, payload)
            if not outcome.error:
                return
            if attempt < attempts and self._ended.wait(self.pause * attempt):
                return
        self._give_up(function, payload, outcome, attempts, settings)

    def _give_up(
        self, function: LambdaFunction, payload: bytes, outcome: Outcome, attempts: int, settings: dict[str, Any]
    ) -> None:
        message = json.loads(outcome.payload or b"{}")
        text = (message.get("errorMessage") if isinstance(message, dict) else None) or "failed"
        dead = (getattr(function, "dead_letter_config", None) or {}).get("TargetArn")
        if dead:
            attributes = {"RequestID": str(uuid.uuid4()), "ErrorCode": "200", "ErrorMessage": text[:1024]}
            self._hand_over(dead, payload.decode(), attributes)
        destination = settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if destination:
            record = {
                "version": "1.0",
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
                "requestContext": {
                    "requestId": str(uuid.uuid4()),
                    "functionArn": function.function_arn,
                    "condition": "RetriesExhausted",
                    "approximateInvokeCount": attempts,
                },
                "requestPayload": json.loads(payload or b"{}"),
                "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": outcome.error},
                "responsePayload": message,
            }
            self._hand_over(destination, json.dumps(record), {})

    def _hand_over(self, arn: str, body: str, attributes: dict[str, str]) -> None:
        _, _, service, region, _, name = arn.split(":", 5)
        typed = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}
        if service == "sqs":
            client = self.account.client("sqs", region)
            url = client.get_queue_url(QueueName=name)["QueueUrl"]
            client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=typed)
        elif service == "sns":
            self.account.client("sns", region).publish(TopicArn=arn, Message=body, MessageAttributes=typed)
        elif service == "lambda":
            self.start(self.find(arn, region), body.encode())

    def _take(self, function: LambdaFunction, wait: bool) -> bool:
        """Reserves one of the function's concurrent executions. @return False when none is free, or the account ends"""
        key = function.function_name
        with self._free:
            while True:
                limit = function.reserved_concurrency
                if limit is None or self._running.get(key, 0) < int(limit):
                    self._running[key] = self._running.get(key, 0) + 1
                    return True
                if not wait or self._ended.is_set():
                    return False
                self._free.wait(1)

    def _run(self, function: LambdaFunction, payload: bytes) -> Outcome:
        """Runs an invocation whose execution is reserved."""
        request = str(uuid.uuid4())
        folder = self.account.folder / "lambda" / function.function_name / request
        try:
            outcome = self._execute(function, payload or b"{}", request, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with self._free:
                self._running[function.function_name] -= 1
                self._free.notify_all()
        self._log(function, request, outcome.log)
        return outcome

    def _unpack(self, function: LambdaFunction) -> Path:
        digest = base64.urlsafe_b64encode(base64.b64decode(function.code_sha_256)).decode().rstrip("=")
        task = self.account.folder / "lambda" / "code" / digest
        if not task.exists():
            made = task.with_name(f"{digest}.{uuid.uuid4().hex}")
            zipfile.ZipFile(io.BytesIO(function.code_bytes)).extractall(made)
            try:
                made.rename(task)
            except OSError:  # another invocation was first
                shutil.rmtree(made)
        return task

    def _execute(self, function: LambdaFunction, payload: bytes, request: str, folder: Path) -> Outcome:
        folder.mkdir(parents=True)
        log = folder / "log"
        log.touch()
        timeout = int(function.timeout)
        context = {
            "awsRequestId": request,
            "functionName": function.function_name,
            "functionVersion": "$LATEST",
            "invokedFunctionArn": function.function_arn,
            "memoryLimitInMB": str(function.memory_size),
            "logGroupName": f"/aws/lambda/{function.function_name}",
            "deadline": int((time.time() + timeout) * 1000),
        }
        environment = {
            **self.account.environment(function.region, function.role),
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "LAMBDA_TASK_ROOT": str(self._unpack(function)),
            **function.environment_vars,
        }
        started = time.time()
        run = self._run_java if function.run_time.startswith("java") else self._run_node
        ended = run(function, payload, context, environment, folder)
        milliseconds = (time.time() - started) * 1000
        said = log.read_text("utf-8", "replace")
        if ended == "timeout":
            said += f"{request} Task timed out after {timeout}.00 seconds\n"
            answer: Any = {"errorType": "Sandbox.Timedout", "errorMessage": said.splitlines()[-1]}
            error: str | None = "Unhandled"
        elif isinstance(ended, int):
            error = "Unhandled"
            answer = {
                "errorType": "Runtime.ExitError",
                "errorMessage": f"RequestId: {request} Error: Runtime exited with error: exit status {ended}",
            }
        else:
            answer, error = ended
        lines = (
            f"START RequestId: {request} Version: $LATEST\n{said}"
            f"END RequestId: {request}\n"
            f"REPORT RequestId: {request}\tDuration: {milliseconds:.2f} ms\tBilled Duration: {milliseconds:.0f} ms\t"
            f"Memory Size: {function.memory_size} MB\n"
        )
        return Outcome(json.dumps(answer).encode(), error, lines)

    def _run_node(
        self, function: LambdaFunction, payload: bytes, context: dict[str, Any], environment: dict[str, str], folder: Path
    ) -> Ended:
        result = folder / "outcome.json"
        command = [self.node, str(BOOTSTRAP), environment["LAMBDA_TASK_ROOT"], function.handler, str(result)]
        with self._started(function, command, environment, folder, folder) as process:
            try:
                process.communicate(b'{"event":%s,"context":%s}' % (payload, json.dumps(context).encode()), int(function.timeout))
            except subprocess.TimeoutExpired:
                return "timeout"
        if not result.exists():
            return process.returncode
        outcome = json.loads(result.read_text())
        return outcome.get("error", outcome.get("result")), "Unhandled" if "error" in outcome else None

    def _run_java(
        self, function: LambdaFunction, payload: bytes, context: dict[str, Any], environment: dict[str, str], folder: Path
    ) -> Ended:
        """Runs it as the managed runtime does: AWS's client gets the event from the runtime API and calls the handler."""
        if not self.java:
            return {"errorType": "Runtime.Unavailable", "errorMessage": "the emulated account was given no Java"}, "Unhandled"
        api = RuntimeApi(payload, context["awsRequestId"], context["deadline"], context["invokedFunctionArn"])
        # The options are those of the managed runtime.
        heap = int(function.memory_size) * 85 // 100
        options = [f"-Xmx{heap}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Djava.io.tmpdir={folder}"]
        main = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
        command = [self.java["command"], *options, "-cp", self.java["runtime"], main, function.handler]
        environment = {**environment, "AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": function.handler}
        # The client looks for classes in its working directory.
        task = Path(environment["LAMBDA_TASK_ROOT"])
        try:
            with self._started(function, command, environment, folder, task) as process:
                while not api.idle.wait(0.02) and process.poll() is None:
                    if time.time() * 1000 > context["deadline"]:
                        return "timeout"
                return api.answer or process.returncode
        finally:
            api.close()

    @contextlib.contextmanager
    def _started(
        self, function: LambdaFunction, command: list[str], environment: dict[str, str], folder: Path, cwd: Path
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Runs a process with its output in the log in `folder`; the process has ended afterwards."""
        with (folder / "log").open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment, cwd=cwd, start_new_session=True
            )
            self._processes[folder.name] = (function.function_name, process)
            try:
                with self.account.noted(process.pid):
                    yield process
            finally:
                if process.poll() is None:
                    _kill(process)
                self._processes.pop(folder.name, None)

    def _log(self, function: LambdaFunction, request: str, log: str) -> None:
        """Writes to the function's log group, unless the function is gone."""
        try:
            self.find(function.function_name, function.region)
        except AwsError:
            return
        logs = self.account.client("logs", function.region)
        group = f"/aws/lambda/{function.function_name}"
        stream = time.strftime("%Y/%m/%d/[$LATEST]", time.gmtime()) + request.replace("-", "")
        at = int(time.time() * 1000)
        for attempt in ("as it is", "with a new group"):
            try:
                logs.create_log_stream(logGroupName=group, logStreamName=stream)
                events = [{"timestamp": at, "message": line} for line in log.splitlines() if line]
                logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
                return
            except logs.exceptions.ResourceNotFoundException:
                if attempt == "as it is":
                    logs.create_log_group(logGroupName=group)

    def stop(self, name: str | None = None) -> None:
        """Kills the running invocations of one function, or of all."""
        for running, process in list(self._processes.values()):
            if name in (None, running):
                _kill(process)

    def close(self) -> None:
        self._ended.set()
        with self._free:
            self._free.notify_all()
        self.stop()


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _keep_settings() -> None:
    """moto drops the dead-letter queue of a function, and reads only the first of its invocation settings."""
    made, updated, shown = (
        LambdaFunction.__init__,
        LambdaFunction.update_configuration,
        LambdaFunction.get_configuration,
    )

    def make(function: LambdaFunction, account_id: str, spec: dict[str, Any], *more: Any, **named: Any) -> None:
        function.dead_letter_config = spec.get("DeadLetterConfig")
        made(function, account_id, spec, *more, **named)

    def update(function: LambdaFunction, changes: dict[str, Any]) -> dict[str, Any]:
        if "DeadLetterConfig" in changes:
            function.dead_letter_config = changes["DeadLetterConfig"]
        return updated(function, changes)

    def show(function: LambdaFunction, *more: Any, **named: Any) -> dict[str, Any]:
        shown_now = shown(function, *more, **named)
        dead = getattr(function, "dead_letter_config", None)
        return {**shown_now, "DeadLetterConfig": dead} if dead else shown_now

    def put(backend: LambdaBackend, name: str, config: dict[str, Any]) -> dict[str, Any]:
        function = backend.get_function(name)
        function.event_invoke_config = [EventInvokeConfig(function.function_arn, function.last_modified, config)]
        return function.event_invoke_config[0].response()

    LambdaFunction.__init__, LambdaFunction.update_configuration = make, update
    LambdaFunction.get_configuration = show
    LambdaBackend.put_function_event_invoke_config = put


# Executions that no function can reserve.
UNRESERVED = 100


def _settings(account: Account, call: Call) -> dict[str, Any]:
    """The limit of the account, minus the executions that functions have reserved."""
    allowed = int(account.conditions.quotas["lambda/L-B99A9384"])
    limit = {"ConcurrentExecutions": allowed, "UnreservedConcurrentExecutions": allowed - _reserved(call.region)}
    return {"AccountLimit": limit, "AccountUsage": {}}


def _reserved(region: str, without: str | None = None) -> int:
    return sum(
        int(function.reserved_concurrency or 0)
        for function in lambda_backends[ACCOUNT][region].list_functions()
        if function.function_name != without
    )


def _refuse_reservation(account: Account) -> None:
    put = LambdaBackend.put_function_concurrency

    def reserve(backend: LambdaBackend, name: str, executions: str) -> str:
        allowed = int(account.conditions.quotas["lambda/L-B99A9384"])
        if allowed - _reserved(backend.region_name, name.split(":")[-1]) - int(executions) < UNRESERVED:
            raise InvalidParameterValueException(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                f"below its minimum value of [{UNRESERVED}]."
            )
        return put(backend, name, executions)

    LambdaBackend.put_function_concurrency = reserve


def install(account: Account) -> Functions:
    functions = Functions(account)
    _keep_settings()
    deleted = LambdaBackend.delete_function

    def delete(backend: LambdaBackend, name: str, qualifier: str | None = None) -> None:
        deleted(backend, name, qualifier)
        functions.stop(name.split(":")[6] if name.startswith("arn:") else name)

    LambdaBackend.delete_function = delete
    account.serve("lambda", "Invoke", functions.answer, locked=False)
    account.serve("lambda", "GetAccountSettings", lambda call: _settings(account, call))
    _refuse_reservation(account)
    account.at_end(functions.close)
    return functions

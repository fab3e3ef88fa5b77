"""The HTTP server: records each request, may answer with an injected fault, else calls our handler or moto under the service's lock."""

import io
import json
import re
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request

from .account import Account
from .metadata import Metadata
from .quotas import refusal
from .wire import Answer, AwsError, Call, identify, write_error, write_json

HOP = {"connection", "transfer-encoding", "keep-alive"}


class Application:
    def __init__(self, account: Account, admin: Callable[[str, str, bytes], Answer]):
        self.account = account
        self.admin = admin
        self.metadata = Metadata(account.roles)
        self.moto = DomainDispatcherApplication(create_backend_app)

    def answer(self, environ: dict[str, Any]) -> Answer:
        """Reads the whole request, so that its connection can carry the next one."""
        body = Request(environ).stream.read()
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        answer = self._answer(environ, body)
        headers = {key.lower(): value for key, value in answer.headers.items() if key.lower() not in HOP}
        # The response to a HEAD has no body, but the length of GET's body.
        if environ["REQUEST_METHOD"] != "HEAD" or "content-length" not in headers:
            headers["content-length"] = str(len(answer.body))
        return Answer(answer.status, b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body, headers)

    def _answer(self, environ: dict[str, Any], body: bytes) -> Answer:
        path = environ.get("PATH_INFO", "/")
        if path.startswith("/_emulator/"):
            return self.admin(environ["REQUEST_METHOD"], path, body)
        if path.startswith("/latest/"):
            return self.metadata.answer(environ["REQUEST_METHOD"], path)
        if path.startswith("/task-credentials/") and self.account.credentials is not None:
            return self.account.credentials(path)
        if path.startswith("/v2/") and self.account.registry is not None:
            given = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
            given["content-type"] = environ.get("CONTENT_TYPE", "")
            return self.account.registry(
                environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), given, body
            )
        started = time.time()
        call = identify(environ, body)
        error: str | None = None
        try:
            answer = self._serve(call, environ)
        except AwsError as refused:
            answer, error = write_error(call, refused), f"{refused.code}: {refused.message}"
        except NotImplementedError as unknown:
            answer, error = self._unknown(call, str(unknown))
        except Exception as failure:
            # 400 and not 500, which an SDK would retry for minutes
            traceback.print_exc(file=sys.stderr)
            error = f"{type(failure).__name__}: {failure}"
            answer = write_error(call, AwsError("EmulatorFailure", error))
        if answer.status >= 400 and error is None:
            error = answer.body[:400].decode("utf-8", "replace")
        if not call.ours:
            operation = call.operation or f"{call.method} {call.path}"
            self.account.journal.note(call.service, operation, answer.status, started, error)
        return answer

    def _serve(self, call: Call, environ: dict[str, Any]) -> Answer:
        fault = None if call.ours else self.account.faults.of(call)
        refused = fault or self.account.roles.refusal(call) or refusal(self.account, call)
        if refused:
            raise refused
        for watch in self.account.watchers if not call.ours else []:
            watch(call)
        found = self.account.handler(call)
        if found:
            handler, locked = found
            if locked:
                with self.account.locks.hold(call.service):
                    result = handler(call)
            else:
                result = handler(call)
            return result if isinstance(result, Answer) else write_json(call, result if result is not None else {})
        if self.account.owns(call.service):
            raise NotImplementedError(f"{call.service}:{call.operation or call.path}")
        answer = self.ask_moto(call, environ)
        unrouted = answer.status == 404 and call.service != "s3" and b"<!doctype html>" in answer.body[:64].lower()
        if unrouted or answer.status == 501:
            raise NotImplementedError(f"{call.service}:{call.operation or call.path}")
        return answer

    def ask_moto(self, call: Call, environ: dict[str, Any]) -> Answer:
        """moto's own answer, under the service's lock."""
        seen: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], None]:
            seen["status"], seen["headers"] = int(status.split()[0]), dict(headers)
            return lambda chunk: None

        with self.account.locks.hold(call.service):
            body = b"".join(self.moto(environ, start))
        return Answer(seen["status"], body, seen["headers"])

    @staticmethod
    def _unknown(call: Call, what: str) -> tuple[Answer, str]:
        message = f"the emulated account does not know this operation ({what or call.operation})"
        return write_error(call, AwsError("UnknownOperationException", message)), message


class Connection(WSGIRequestHandler):
    """Keeps connections open: werkzeug closes each, and then clients sometimes lose an answer and retry."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        answer = self.server.app.answer(self.make_environ())  # type: ignore[attr-defined]
        head = [f"HTTP/1.1 {answer.status} {'OK' if answer.status < 400 else 'Refused'}"]
        head += [f"{key}: {value}" for key, value in answer.headers.items()]
        if answer.status in (204, 304):
            head = [line for line in head if not line.startswith("content-length")]
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + answer.body)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Logs nothing: the journal has the requests."""


def listen(application: Application, port: int) -> BaseWSGIServer:
    """Listens on loopback. @param port 0 for any"""
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Connection)  # type: ignore[arg-type]
    server.daemon_threads = True
    return server


def administration(account: Account) -> Callable[[str, str, bytes], Answer]:
    """The paths under `/_emulator/` (README.md)."""

    def reply(result: Any, status: int = 200) -> Answer:
        return Answer(status, json.dumps(result, default=str).encode(), {"content-type": "application/json"})

    def answer(method: str, path: str, body: bytes) -> Answer:
        what = re.sub(r"^/_emulator/", "", path).strip("/")
        try:
            if (method, what) == ("GET", "calls"):
                return reply(account.journal.calls())
            if (method, what) == ("GET", "sns"):
                return reply(list(account.messages))
            if (method, what) == ("POST", "faults"):
                account.faults.add(json.loads(body))
                return reply({})
            if (method, what) == ("DELETE", "faults"):
                account.faults.clear()
                return reply({})
            if (method, what) == ("POST", "conditions"):
                account.conditions.change(json.loads(body))
                return reply({})
            if (method, what) == ("GET", "rights"):
                return reply(account.roles.used())
            if (method, what) == ("GET", "statements"):
                return reply(account.roles.granted())
            if (method, what) == ("GET", "applications"):
                return reply(account.applications())
            if method == "POST" and what in account.controls:
                return reply(account.controls[what](json.loads(body)))
            return reply({"error": f"nothing at {method} {path}"}, 404)
        except AwsError as refused:
            return reply({"error": refused.message}, refused.status)
        except Exception as failure:
            traceback.print_exc(file=sys.stderr)
            return reply({"error": f"{type(failure).__name__}: {failure}"}, 400)

    return answer

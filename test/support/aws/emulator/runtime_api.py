"""Lambda's runtime API, from which a managed runtime gets its events: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PREFIX = "/2018-06-01/runtime/"


class RuntimeApi:
    """Gives one event to one process and receives its answer; close it afterwards."""

    def __init__(self, payload: bytes, request: str, deadline_ms: int, arn: str):
        # payload and kind of error, after the answer
        self.answer: tuple[Any, str | None] | None = None
        # set when the process asks for the next event: it is done with this one
        self.idle = threading.Event()
        self._ended = threading.Event()
        self._payload = payload
        self._headers = {
            "Lambda-Runtime-Aws-Request-Id": request,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": arn,
            "Content-Type": "application/json",
        }
        self._given = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """The value of AWS_LAMBDA_RUNTIME_API: `host:port`."""
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def _take(self, path: str, body: bytes) -> None:
        self.answer = json.loads(body or b"null"), "Unhandled" if path.endswith("/error") else None

    def _handler(api) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path != f"{PREFIX}invocation/next":
                    return self._reply(404, b"{}")
                if api._given:
                    # Between two events Lambda freezes the process.
                    api.idle.set()
                    api._ended.wait()
                    return None
                api._given = True
                return self._reply(200, api._payload, api._headers)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) if self._has_length() else self._chunks()
                if self.path.startswith(PREFIX):
                    api._take(self.path, body)
                self._reply(202, b'{"status":"OK"}')

            def _has_length(self) -> bool:
                return "chunked" not in (self.headers.get("Transfer-Encoding") or "")

            def _chunks(self) -> bytes:
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def _reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

"""What the services of the emulated account share."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .conditions import Conditions
from .faults import Faults
from .journal import Journal
from .locks import Locks
from .roles import Roles
from .wire import OURSELVES, Answer, Call

# A handler returns a JSON-able result or a complete response, or raises an AwsError.
Handler = Callable[[Call], Any]


class Account:
    """Configuration, handlers that replace moto's, and what services share with each other."""

    def __init__(self, config: dict[str, Any]):
        self.config = config
        self.folder = Path(config["folder"]).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.url = ""
        self.locks = Locks()
        self.journal = Journal()
        self.roles = Roles()
        self.faults = Faults()
        self.conditions = Conditions(config.get("conditions"))
        self.messages: list[dict[str, Any]] = []
        self._handlers: dict[tuple[str, str], tuple[Handler, bool]] = {}
        self._own: set[str] = set()
        self._closers: list[Callable[[], None]] = []
        self._clients: dict[tuple[str, str], Any] = {}
        self._guard = threading.Lock()
        # actions of tests, by the name of their admin endpoint
        self.controls: dict[str, Callable[[dict[str, Any]], Any]] = {}
        # called before each request that is not the emulator's own
        self.watchers: list[Callable[[Call], None]] = []
        # answers under /v2/; set by registry.py
        self.registry: Callable[[str, str, str, dict[str, str], bytes], Answer] | None = None
        # answers under /task-credentials/; set by containers.py
        self.credentials: Callable[[str], Answer] | None = None
        # what "applications" answers; set by emr.py
        self.applications: Callable[[], list[dict[str, object]]] = list

    def serve(self, service: str, operation: str, handler: Handler, locked: bool = True) -> None:
        """Registers a handler for an operation; with `locked` it runs under the service's lock."""
        self._handlers[(service, operation)] = (handler, locked)

    def own(self, service: str) -> None:
        """Keeps all operations of this service away from moto."""
        self._own.add(service)

    def handler(self, call: Call) -> tuple[Handler, bool] | None:
        return self._handlers.get((call.service, call.operation))

    def owns(self, service: str) -> bool:
        return service in self._own

    def at_end(self, close: Callable[[], None]) -> None:
        self._closers.append(close)

    def close(self) -> None:
        for close in reversed(self._closers):
            close()

    def client(self, service: str, region: str) -> Any:
        """An SDK client of this account, for calls from one service to another. Never call it under the other service's lock."""
        with self._guard:
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = boto3.client(
                    service,
                    region_name=region,
                    endpoint_url=self.url,
                    aws_access_key_id="emulator",
                    aws_secret_access_key="emulator",
                    config=Config(
                        user_agent_extra=OURSELVES, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}
                    ),
                )
            return self._clients[key]

    @contextlib.contextmanager
    def noted(self, group: int) -> Iterator[None]:
        """Keeps a file with the number of a process group while it runs: account.ts ends the groups that a killed emulator left."""
        file = self.folder / "processes" / str(group)
        file.parent.mkdir(exist_ok=True)
        file.touch()
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    def environment(self, region: str, role: str | None = None) -> dict[str, str]:
        """Environment of a process inside the account: this endpoint, and keys that are valid nowhere else.

        @param role name or ARN of its role; where there is none, the keys are an administrator's
        """
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": self.roles.key_of(role) or os.environ.get("AWS_ACCESS_KEY_ID", "test"),
            "AWS_SECRET_ACCESS_KEY": os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

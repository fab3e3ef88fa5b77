"""The calls to the account, in order."""

import threading
import time
from collections import deque
from typing import Any


class Journal:
    """The last 20000 calls: time (UTC, seconds), service, operation, status, milliseconds, and the error if there was one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[dict[str, Any]] = deque(maxlen=20_000)

    def note(self, service: str, operation: str, status: int, started: float, error: str | None = None) -> None:
        call = {
            "at": round(started, 3),
            "service": service,
            "operation": operation,
            "status": status,
            "ms": round((time.time() - started) * 1000),
            **({"error": error} if error else {}),
        }
        with self._lock:
            self._calls.append(call)

    def calls(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._calls)

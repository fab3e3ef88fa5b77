"""Errors that a test injects."""

import threading
from typing import Any

from .wire import AwsError, Call


class Faults:
    """Each: service (`*` for all), operation (absent: all), status, code, message, times (absent: until cleared)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[dict[str, Any]] = []

    def add(self, fault: dict[str, Any]) -> None:
        with self._lock:
            self._faults.append(dict(fault))

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def of(self, call: Call) -> AwsError | None:
        """The fault for this call, if any; counts it."""
        with self._lock:
            for fault in self._faults:
                if fault["service"] not in ("*", call.service):
                    continue
                if fault.get("operation") not in (None, call.operation) or fault.get("times", 1) <= 0:
                    continue
                if "times" in fault:
                    fault["times"] -= 1
                return AwsError(
                    fault["code"], fault.get("message", "a fault that the test asked for"), fault.get("status", 400)
                )
        return None

"""One lock for each service, because moto's backends are dictionaries without locks."""

import contextlib
import threading
from collections.abc import Iterator

# Services that write into another service's backend take its lock, too.
SHARED = {"emr": "ec2", "autoscaling": "ec2"}
# Services that read everything.
ALL = {"resourcegroupstaggingapi", "resource-groups"}


class Locks:
    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.RLock] = {}

    def _of(self, service: str) -> threading.RLock:
        with self._guard:
            return self._locks.setdefault(SHARED.get(service, service), threading.RLock())

    @contextlib.contextmanager
    def hold(self, *services: str) -> Iterator[None]:
        """Holds the locks of these services, always taken in the same order."""
        names = set(services)
        if names & ALL:
            with self._guard:
                names |= set(self._locks)
        with contextlib.ExitStack() as stack:
            for name in sorted({SHARED.get(name, name) for name in names}):
                stack.enter_context(self._of(name))
            yield

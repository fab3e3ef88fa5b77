"""`python -m emulator --config FILE`: prints one line of JSON, {"port"}, when it listens; ends at SIGTERM or when stdin closes."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from . import (
    athena,
    billing,
    budgets,
    containers,
    emr,
    endpoints,
    firewall,
    functions,
    glue,
    glue_jobs,
    instances,
    macie,
    messages,
    msk,
    quotas,
    registry,
    s3,
    scaling,
    schedules,
    tagging,
)
from .account import Account
from .server import Application, administration, listen


def main() -> None:
    parser = argparse.ArgumentParser(prog="emulator")
    parser.add_argument("--config", required=True, type=Path)
    config = json.loads(parser.parse_args().config.read_text())
    account = Account(config)
    s3.install(account)
    glue.install(account)
    budgets.install(account)
    billing.install(account)
    messages.install(account)
    scaling.install(account)
    firewall.install()
    endpoints.install()
    stream, sessions = msk.install(account), macie.install(account)
    events = schedules.install(account, functions.install(account))
    emr.install(account, events)
    glue_jobs.install(account, events)
    athena.install(account, events)
    instances.install(account)
    registry.install(account)
    tasks = containers.install(account)
    quotas.install(account)
    tagging.install(account, stream, sessions, tasks)

    server = listen(Application(account, administration(account)), config.get("port") or 0)
    account.url = f"http://127.0.0.1:{server.port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.port}), flush=True)

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())

    def watch() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=watch, daemon=True).start()
    ended.wait()
    # The server still runs here, because ending processes may store something.
    account.close()
    server.shutdown()


main()

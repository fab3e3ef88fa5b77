"""One JSON object a line for each thing that happens, for a program to read."""

from __future__ import annotations

import json
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: json_lines
type: stdout
short_description: one JSON object a line
description:
  - Each line has an event, which is play, task, result or stats; src/aws/hosts/ansible.ts has their fields. Times are seconds.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "json_lines"

    def __init__(self):
        super().__init__()
        self._started = {}

    def _say(self, event, **fields):
        line = {"event": event, **{name: value for name, value in fields.items() if value is not None}}
        self._display.display(json.dumps(line, default=str), screen_only=True)

    def v2_playbook_on_play_start(self, play):
        self._say("play", play=play.get_name())

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._started[task._uuid] = time.monotonic()
        self._say("task", **self._name(task))

    def v2_playbook_on_handler_task_start(self, task):
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_ok(self, result):
        self._tell(result, "changed" if self._facts(result).get("changed") else "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._tell(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_skipped(self, result):
        self._tell(result, "skipped")

    def v2_runner_on_unreachable(self, result):
        self._tell(result, "unreachable")

    def v2_runner_retry(self, result):
        self._tell(result, "retrying")

    def v2_playbook_on_stats(self, stats):
        kinds = {"ok": "ok", "changed": "changed", "failed": "failures", "unreachable": "dark", "skipped": "skipped"}
        hosts = {
            host: {kind: getattr(stats, field).get(host, 0) for kind, field in kinds.items()}
            for host in sorted(stats.processed)
        }
        self._say("stats", hosts=hosts)

    def _tell(self, result, state):
        task = self._part(result, "task")
        self._say(
            "result",
            **self._name(task),
            host=self._part(result, "host").get_name(),
            state=state,
            seconds=round(time.monotonic() - self._started.get(task._uuid, time.monotonic()), 3),
            message=self._message(result) if state in ("failed", "ignored", "unreachable") else None,
        )

    @staticmethod
    def _name(task):
        role = task._role.get_name() if task._role else None
        # The name in front is the role's.
        return {"role": role, "task": task.get_name().removeprefix(f"{role} : ")}

    @staticmethod
    def _part(result, name):
        return getattr(result, name, None) or getattr(result, f"_{name}")

    @classmethod
    def _facts(cls, result):
        facts = getattr(result, "result", None)
        return facts if facts is not None else result._result

    @classmethod
    def _message(cls, result):
        facts = cls._facts(result)
        if facts.get("_ansible_no_log"):
            return "hidden"
        broken = [item for item in facts.get("results", []) if item.get("failed")]
        told = [cls._words(item) for item in (broken or [facts])]
        return "\n".join(dict.fromkeys(told))

    @staticmethod
    def _words(facts):
        parts = [facts.get("msg"), facts.get("stderr") or facts.get("module_stderr") or facts.get("stdout")]
        return "\n".join(str(part).strip() for part in parts if part)[-4000:]

"""EventBridge: delivers events of the emulator and of callers to matching rules; schedules run when a test calls "fire"."""

import json
import sys
import threading
import time
import traceback
import uuid
from typing import Any

from moto.events.models import Rule, events_backends
from moto.events.utils import EventTemplateParser
from moto.scheduler.models import scheduler_backends

from .account import Account
from .functions import Functions
from .wire import ACCOUNT, AwsError


def _utc(at: float | None = None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at if at is not None else time.time()))


class Events:
    def __init__(self, account: Account, functions: Functions):
        self.account, self.functions = account, functions

    def emit(self, region: str, source: str, kind: str, detail: dict[str, Any], resources: list[str]) -> None:
        """Delivers an event of a service to the targets of the enabled rules that match it, in the background."""
        event = self._event(region, source, kind, detail, resources)
        with self.account.locks.hold("events"):
            targets = [
                target
                for bus in events_backends[ACCOUNT][region].event_buses.values()
                if bus.name == "default"
                for rule in bus.rules.values()
                if rule.state == "ENABLED"
                and rule.event_pattern.get_pattern()
                and rule.event_pattern.matches_event(event)
                for target in rule.targets
            ]
        self._later(targets, event, region)

    def _later(self, targets: list[dict[str, Any]], event: dict[str, Any], region: str) -> None:
        for target in targets:
            threading.Thread(target=self._try, args=(target, event, region), daemon=True).start()

    def _try(self, target: dict[str, Any], event: dict[str, Any], region: str) -> None:
        try:
            self.deliver(target, event, region, wait=False)
        except Exception:
            traceback.print_exc(file=sys.stderr)

    @staticmethod
    def _event(region: str, source: str, kind: str, detail: dict[str, Any], resources: list[str]) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": kind,
            "source": source,
            "account": ACCOUNT,
            "time": _utc(),
            "region": region,
            "resources": resources,
            "detail": detail,
        }

    @staticmethod
    def _payload(target: dict[str, Any], event: dict[str, Any]) -> str:
        if target.get("Input"):
            return target["Input"]
        if target.get("InputPath"):
            found: Any = event
            for part in target["InputPath"].lstrip("$.").split("."):
                found = found[part] if part else found
            return json.dumps(found)
        if target.get("InputTransformer"):
            transformer = target["InputTransformer"]
            paths = transformer.get("InputPathsMap", {})
            return json.dumps(EventTemplateParser.parse(transformer["InputTemplate"], paths, event))
        return json.dumps(event)

    def deliver(self, target: dict[str, Any], event: dict[str, Any], region: str, wait: bool) -> dict[str, Any]:
        """@param wait waits for a function and returns its answer"""
        arn, payload = target["Arn"], self._payload(target, event)
        service = arn.split(":")[2]
        if service == "lambda":
            function = self.functions.find(arn, region)
            if not wait:
                self.functions.start(function, payload.encode())
                return {"target": arn}
            outcome = self.functions.run(function, payload.encode())
            return {"target": arn, "error": outcome.error, "payload": json.loads(outcome.payload)}
        if service == "sns":
            self.account.client("sns", region).publish(TopicArn=arn, Message=payload)
        elif service == "sqs":
            client = self.account.client("sqs", region)
            url = client.get_queue_url(QueueName=arn.split(":")[-1])["QueueUrl"]
            client.send_message(QueueUrl=url, MessageBody=payload)
        elif service == "logs":
            logs, group, stream = self.account.client("logs", region), arn.split(":")[6], str(uuid.uuid4())
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            message = {"timestamp": int(time.time() * 1000), "message": payload}
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[message])
        else:
            raise AwsError("UnknownOperationException", f"the emulated account does not deliver to {arn}")
        return {"target": arn}

    def send(self, rule: Rule, event: dict[str, Any], transform_input: bool = True) -> None:
        """Replaces moto's: delivers an event of PutEvents to the targets of one rule."""
        if rule.state != "ENABLED" or not rule.event_pattern.matches_event(event):
            return
        at = event.get("time")
        given = {**event, "time": _utc(float(at)) if isinstance(at, (int, float)) else at}
        given.pop("ingestion-time", None)
        self._later(list(rule.targets), given, rule.region_name)

    def fire(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Invokes the targets of `{"rule": name}`, `{"schedule": name}` or `{"name": either}`, and waits for the functions among them."""
        if "name" in asked:
            asked = {"rule" if self._is_rule(asked["name"]) else "schedule": asked["name"]}
        if "rule" in asked:
            found = self._rule(asked["rule"])
            event = self._event(found.region_name, "aws.events", "Scheduled Event", {}, [found.arn])
            return {
                "delivered": [self.deliver(target, event, found.region_name, True) for target in list(found.targets)]
            }
        schedule, region = self._schedule(asked["schedule"])
        if schedule.state != "ENABLED":
            raise AwsError("InvalidState", f"the schedule {schedule.name} is disabled", 409)
        target = {"Arn": schedule.target["Arn"], "Input": schedule.target.get("Input") or "{}"}
        delivered = self.deliver(target, {}, region, True)
        if schedule.action_after_completion == "DELETE" and schedule.schedule_expression.startswith("at("):
            self.account.client("scheduler", region).delete_schedule(Name=schedule.name, GroupName=schedule.group_name)
        return {"delivered": [delivered]}

    @staticmethod
    def _is_rule(name: str) -> bool:
        return any(
            name in bus.rules
            for backend in list(events_backends[ACCOUNT].values())
            for bus in list(backend.event_buses.values())
        )

    def _rule(self, name: str) -> Rule:
        with self.account.locks.hold("events"):
            for backend in events_backends[ACCOUNT].values():
                for bus in backend.event_buses.values():
                    if name in bus.rules:
                        rule = bus.rules[name]
                        if rule.state != "ENABLED":
                            raise AwsError("InvalidState", f"the rule {name} is disabled", 409)
                        return rule
        raise AwsError("ResourceNotFoundException", f"no rule is named {name}", 404)

    def _schedule(self, name: str) -> tuple[Any, str]:
        with self.account.locks.hold("scheduler"):
            for region, backend in scheduler_backends[ACCOUNT].items():
                for group in backend.schedule_groups.values():
                    for schedule in group.schedules.values():
                        if schedule.name == name:
                            return schedule, region
        raise AwsError("ResourceNotFoundException", f"no schedule is named {name}", 404)


def install(account: Account, functions: Functions) -> Events:
    events = Events(account, functions)
    Rule.send_to_targets = lambda rule, event, transform_input=True: events.send(rule, event, transform_input)
    account.controls["fire"] = events.fire
    return events

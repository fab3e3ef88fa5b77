"""SNS: keeps published messages, also after their topic is deleted; an e-mail subscription waits until a person has confirmed it."""

import copy
import time
from typing import Any

from moto.sns.models import SNSBackend, Subscription, sns_backends

from .account import Account
from .wire import ACCOUNT


def install(account: Account) -> None:
    publish = SNSBackend.publish

    def note(backend: SNSBackend, message: str, arn: str | None, *more: Any, **named: Any) -> str:
        identifier = publish(backend, message, arn, *more, **named)
        subject = named.get("subject", more[1] if len(more) > 1 else None)
        account.messages.append(
            {"at": round(time.time(), 3), "topic": arn, "subject": subject, "message": message, "id": identifier}
        )
        return identifier

    SNSBackend.publish = note
    confirmed: set[str] = set()
    listed, read = SNSBackend.list_subscriptions_by_topic, SNSBackend.get_subscription_attributes

    def waits(subscription: Subscription) -> bool:
        return subscription.protocol == "email" and subscription.arn not in confirmed

    def list_by_topic(backend: SNSBackend, topic_arn: str, next_token: str | None = None) -> tuple[list[Any], Any]:
        found, token = listed(backend, topic_arn, next_token)
        shown = [copy.copy(subscription) for subscription in found]
        for subscription in shown:
            if waits(subscription):
                subscription.arn = "PendingConfirmation"
        return shown, token

    def attributes(backend: SNSBackend, arn: str) -> dict[str, Any]:
        found = read(backend, arn)
        pending = waits(backend.subscriptions[arn])
        return {**found, "PendingConfirmation": "true" if pending else "false"}

    def confirm(asked: dict[str, Any]) -> dict[str, Any]:
        """`{"endpoint"}`: its owner clicks on the link in the message."""
        for regions in sns_backends[ACCOUNT].values():
            confirmed.update(one.arn for one in regions.subscriptions.values() if one.endpoint == asked["endpoint"])
        return {}

    SNSBackend.list_subscriptions_by_topic, SNSBackend.get_subscription_attributes = list_by_topic, attributes
    account.controls["confirm"] = confirm

"""SNS: keeps published messages, also after their topic is deleted."""

import time
from typing import Any

from moto.sns.models import SNSBackend

from .account import Account


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

"""Budgets: subscribers of a notification, and tags."""

from typing import Any

from moto.budgets.models import budgets_backends
from moto.budgets.responses import BudgetsResponse

from .account import Account
from .wire import ACCOUNT, AwsError, Call


def _budget(name: str) -> Any:
    budgets = budgets_backends[ACCOUNT]["aws"].budgets[ACCOUNT]
    if name not in budgets:
        raise AwsError("NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist.")
    return budgets[name]


def install(account: Account) -> None:
    tags: dict[str, dict[str, str]] = {}

    def same(left: dict[str, Any], right: dict[str, Any]) -> bool:
        keys = ("NotificationType", "ComparisonOperator")
        return all(left.get(key) == right.get(key) for key in keys) and float(left["Threshold"]) == float(
            right["Threshold"]
        )

    def subscribers(call: Call) -> dict[str, Any]:
        asked = call.json()
        for known in _budget(asked["BudgetName"]).notifications:
            if same(known.details, asked["Notification"]):
                return {"Subscribers": known.subscribers}
        raise AwsError("NotFoundException", "Unable to find the notification.")

    def update(call: Call) -> dict[str, Any]:
        asked = call.json()["NewBudget"]
        _budget(asked["BudgetName"]).budget.update(asked)
        return {}

    def tag(call: Call) -> dict[str, Any]:
        asked = call.json()
        given = {item["Key"]: item["Value"] for item in asked.get("ResourceTags", [])}
        tags.setdefault(asked["ResourceARN"], {}).update(given)
        return {}

    def untag(call: Call) -> dict[str, Any]:
        for key in call.json().get("ResourceTagKeys", []):
            tags.get(call.json()["ResourceARN"], {}).pop(key, None)
        return {}

    def list_tags(call: Call) -> dict[str, Any]:
        found = tags.get(call.json()["ResourceARN"], {})
        return {"ResourceTags": [{"Key": key, "Value": value} for key, value in found.items()]}

    create = BudgetsResponse.create_budget

    def create_tagged(response: BudgetsResponse) -> str:
        answer = create(response)
        name = response._get_param("Budget")["BudgetName"]
        given = response._get_param("ResourceTags") or []
        tags[f"arn:aws:budgets::{ACCOUNT}:budget/{name}"] = {item["Key"]: item["Value"] for item in given}
        return answer

    BudgetsResponse.create_budget = create_tagged
    account.serve("budgets", "DescribeSubscribersForNotification", subscribers)
    account.serve("budgets", "UpdateBudget", update)
    account.serve("budgets", "TagResource", tag)
    account.serve("budgets", "UntagResource", untag)
    account.serve("budgets", "ListTagsForResource", list_tags)

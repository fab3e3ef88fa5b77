"""Cost Explorer: which tags are active for cost allocation; a tag is not until a person with the right of the payer activates it."""

from typing import Any

from .account import Account
from .wire import AwsError, Call


def install(account: Account) -> None:
    active: set[str] = set()
    refused: list[str] = []

    def list_tags(call: Call) -> dict[str, Any]:
        if refused:
            raise AwsError("AccessDeniedException", refused[0])
        asked = call.json()
        known = [{"TagKey": key, "Type": "UserDefined", "Status": "Active"} for key in sorted(active)]
        wanted = asked.get("TagKeys")
        shown = [tag for tag in known if not wanted or tag["TagKey"] in wanted]
        return {"CostAllocationTags": shown if asked.get("Status", "Active") == "Active" else []}

    def activate(asked: dict[str, Any]) -> dict[str, Any]:
        """`{"key"}`, or `{"refusal"}`: a member account of an organisation may not ask."""
        if "refusal" in asked:
            refused.append(asked["refusal"])
        else:
            active.add(asked["key"])
        return {}

    account.serve("ce", "ListCostAllocationTags", list_tags)
    account.controls["cost-tag"] = activate

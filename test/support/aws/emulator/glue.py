"""Glue: an update must name the current version of a table, because Iceberg's commits rely on that."""

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.glue.responses import GlueResponse

from .account import Account


class VersionMismatch(JsonRESTError):
    def __init__(self, name: str, given: str, current: str):
        super().__init__(
            "ConcurrentModificationException",
            f"Update table failed due to concurrent modifications: {name} is at version {current}, not {given}.",
        )


def install(_: Account) -> None:
    update_table = GlueResponse.update_table

    def update_version(response: GlueResponse) -> ActionResult:
        given = response.parameters.get("VersionId")
        if given is not None:
            name = response.parameters["TableInput"]["Name"]
            table = response.glue_backend.get_table(response.parameters["DatabaseName"], name)
            current = table.as_dict()["VersionId"]
            if str(given) != str(current):
                raise VersionMismatch(name, str(given), str(current))
        return update_table(response)

    GlueResponse.update_table = update_version

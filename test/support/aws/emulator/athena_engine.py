"""The SQL engine behind Athena: a Trino whose catalog is the account's Glue. It runs Athena's DML and most of its DDL unchanged.

The REST protocol: https://trino.io/docs/current/develop/client-protocol.html
"""

import base64
import json
import re
import time
from typing import Any

import requests

# Athena's own DDL for a table; Trino understands the rest of the statement.
NAME = r'(?P<name>[\w."`]+)'
OPTIMIZE = re.compile(rf"OPTIMIZE\s+{NAME}\s+REWRITE\s+DATA\s+USING\s+BIN_PACK(?P<where>\s+WHERE\s.*)?", re.I | re.S)
VACUUM = re.compile(rf"VACUUM\s+{NAME}", re.I)
SET_PROPERTIES = re.compile(rf"ALTER\s+TABLE\s+{NAME}\s+SET\s+TBLPROPERTIES\s*\((?P<pairs>.*)\)", re.I | re.S)
SHOW_PROPERTIES = re.compile(rf"SHOW\s+TBLPROPERTIES\s+{NAME}", re.I)
PAIR = re.compile(r"'([^']+)'\s*=\s*'([^']*)'")
# "Table properties" in Athena's guide to Iceberg tables.
SNAPSHOT_AGE, DEFAULT_SNAPSHOT_AGE = "vacuum_max_snapshot_age_seconds", 432_000
# What Athena's own statements may set on an Iceberg table ("Table properties").
KNOWN_PROPERTIES = re.compile(r"format|write_compression|optimize_\w+|vacuum_\w+")
# By table: what VACUUM goes by. Nothing says that it reads what others have written into Iceberg's metadata, so here it does not.
OWN_PROPERTIES: dict[str, dict[str, str]] = {}
# In seconds: on a busy machine a node may miss its own announcements for half a minute.
NODES_WITHIN = 60


class AthenaError(Exception):
    """Athena's error for a failed query."""


def run(config: dict[str, Any], sql: str, database: str | None) -> dict[str, Any]:
    """Runs one statement of Athena.

    @return columns ({name, type, precision, scale}), rows (texts, None for NULL), statistics, and updateCount where rows were changed
    @raise AthenaError with the reason as Athena writes it: a code, the place, a sentence
    """
    engine = (config.get("athena") or {}).get("url")
    if not engine:
        raise AthenaError("GENERIC_INTERNAL_ERROR: the emulated account has no SQL engine")
    trino = Trino(engine, database)
    statement = sql.strip().rstrip(";").strip()
    if matched := OPTIMIZE.fullmatch(statement):
        name = _plain(matched["name"])
        trino.run(f"ALTER TABLE {name} EXECUTE optimize(file_size_threshold => '128MB'){matched['where'] or ''}")
        return _silent(trino)
    if matched := VACUUM.fullmatch(statement):
        name = _plain(matched["name"])
        _vacuum(trino, name, int(_own(name, database).get(SNAPSHOT_AGE, DEFAULT_SNAPSHOT_AGE)))
        return _silent(trino)
    if matched := SET_PROPERTIES.fullmatch(statement):
        return _set_properties(trino, _plain(matched["name"]), dict(PAIR.findall(matched["pairs"])), database)
    if matched := SHOW_PROPERTIES.fullmatch(statement):
        name = _plain(matched["name"])
        trino.run(f"SELECT 1 FROM {name} WHERE false")
        rows = [[f"{key}\t{value}"] for key, value in sorted(_own(name, database).items())]
        return {**_silent(trino), "columns": [{"name": "prpt_name", "type": "string"}], "rows": rows}
    return trino.run(statement)


def _own(name: str, database: str | None) -> dict[str, str]:
    whole = name if "." in name or database is None else f"{database}.{name}"
    return OWN_PROPERTIES.setdefault(whole.replace('"', "").lower(), {})


def _set_properties(trino: "Trino", name: str, given: dict[str, str], database: str | None) -> dict[str, Any]:
    for key in given:
        if not KNOWN_PROPERTIES.fullmatch(key):
            raise AthenaError(f"GENERIC_USER_ERROR: Unsupported table property key: {key}")
    listed = [", ".join(f"'{text}'" for text in texts) for texts in (given.keys(), given.values())]
    # It is a commit to the table, too.
    trino.run(f"ALTER TABLE {name} SET PROPERTIES extra_properties = MAP(ARRAY[{listed[0]}], ARRAY[{listed[1]}])")
    _own(name, database).update(given)
    return _silent(trino)


def _vacuum(trino: "Trino", name: str, age: int) -> None:
    for procedure in ("expire_snapshots", "remove_orphan_files"):
        trino.run(f"ALTER TABLE {name} EXECUTE {procedure}(retention_threshold => '{age}s')")


def _silent(trino: "Trino") -> dict[str, Any]:
    return {"columns": [], "rows": [], "statistics": trino.statistics}


def _plain(name: str) -> str:
    """Removes the backticks with which Athena quotes names in its own statements."""
    return name.replace("`", '"')


class Trino:
    """Runs statements in one database and sums up what they cost."""

    def __init__(self, url: str, database: str | None):
        self.url = url
        self.statistics = {"DataScannedInBytes": 0}
        self.headers = {
            "X-Trino-User": "athena",
            "X-Trino-Catalog": "awsdatacatalog",
            "X-Trino-Time-Zone": "UTC",
            # Without it times have milliseconds only.
            "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
            **({"X-Trino-Schema": database} if database else {}),
        }

    def run(self, sql: str) -> dict[str, Any]:
        """Retries while the engine has no node. Athena always has nodes, and no part of the statement has run."""
        until = time.monotonic() + NODES_WITHIN
        while True:
            try:
                return self._run(sql)
            except AthenaError as failure:
                if not str(failure).startswith("NO_NODES_AVAILABLE") or time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def _run(self, sql: str) -> dict[str, Any]:
        columns: list[dict[str, Any]] = []
        rows: list[list[Any]] = []
        answer = self._ask("POST", f"{self.url}/v1/statement", sql)
        while True:
            if error := answer.get("error"):
                raise AthenaError(f"{error['errorName']}: {error['message']}")
            columns = answer.get("columns") or columns
            rows += answer.get("data") or []
            following = answer.get("nextUri")
            if not following:
                break
            answer = self._ask("GET", following)
        self.statistics["DataScannedInBytes"] += answer.get("stats", {}).get("physicalInputBytes", 0)
        if answer.get("updateType"):
            return {**_silent(self), "updateCount": answer.get("updateCount", 0)}
        types = [column["type"] for column in columns]
        return {
            "columns": [_described(column) for column in columns],
            "rows": [[_text(value, kind) for value, kind in zip(row, types)] for row in rows],
            "statistics": self.statistics,
        }

    def _ask(self, method: str, url: str, body: str | None = None) -> dict[str, Any]:
        while True:
            response = requests.request(
                method, url, data=body.encode() if body else None, headers=self.headers, timeout=300
            )
            # The protocol asks clients to retry on these.
            if response.status_code in (502, 503, 504):
                time.sleep(0.1)
                continue
            if response.status_code != 200:
                raise AthenaError(f"GENERIC_INTERNAL_ERROR: the SQL engine answers {response.status_code}")
            return response.json()


def _described(column: dict[str, Any]) -> dict[str, Any]:
    """Athena returns the parameters of a type separately from its name."""
    kind = column["type"]
    name = re.sub(r"\([^)]*\)", "", kind, count=1) if not re.match(r"(array|map|row)\(", kind) else kind.split("(")[0]
    numbers = re.match(r"decimal\((\d+),\s*(\d+)\)", kind)
    precision, scale = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    return {"name": column["name"], "type": name, "precision": precision, "scale": scale}


def _text(value: Any, kind: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == "varbinary":
        return base64.b64decode(value).hex(" ")
    if isinstance(value, (list, dict)):
        return json.dumps(value, separators=(", ", "="), ensure_ascii=False).replace('"', "")
    return str(value)

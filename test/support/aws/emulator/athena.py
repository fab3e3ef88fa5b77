"""Athena: an SQL engine runs the queries in the background; results, statistics and events have Athena's form.

The engine is `athena_engine.run(config, sql, database)`. Shapes: https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html
"""

import csv
import importlib
import io
import re
import sys
import threading
import time
import traceback
import uuid
from typing import Any

from moto.athena.models import athena_backends

from .account import Account
from .schedules import Events
from .wire import ACCOUNT, AwsError, Call

DDL = ("ALTER", "CREATE", "DESCRIBE", "DROP", "MSCK", "SHOW", "VACUUM")
UTILITY = ("DESCRIBE", "EXPLAIN", "SHOW")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)


def _kind(sql: str) -> str:
    word = re.sub(r"^(\s|--[^\n]*\n|/\*.*?\*/)+", "", sql, flags=re.DOTALL).split(None, 1)[:1]
    first = word[0].upper() if word else ""
    return "UTILITY" if first in UTILITY else "DDL" if first in DDL else "DML"


class Athena:
    def __init__(self, account: Account, events: Events):
        self.account, self.events = account, events
        self._lock = threading.Lock()
        self._queries: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, str] = {}

    def _workgroup(self, name: str, region: str) -> Any:
        with self.account.locks.hold("athena"):
            found = athena_backends[ACCOUNT][region].work_groups.get(name)
        if found is None:
            raise _invalid(f"WorkGroup {name} is not found.")
        return found

    def start(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        name = asked.get("WorkGroup") or "primary"
        workgroup = self._workgroup(name, call.region)
        configuration = workgroup.configuration or {}
        if getattr(workgroup, "state", "ENABLED") != "ENABLED":
            raise _invalid(f"WorkGroup {name} is disabled.")
        if len(asked["QueryString"].encode()) > 262_144:
            raise _invalid("The query string is longer than 262144 bytes.")
        token = asked.get("ClientRequestToken")
        identifier = str(uuid.uuid4())
        with self._lock:
            if token and token in self._tokens:
                return {"QueryExecutionId": self._tokens[token]}
            if token:
                self._tokens[token] = identifier
        own = configuration.get("ResultConfiguration") or {}
        given = asked.get("ResultConfiguration") or {}
        chosen = own if configuration.get("EnforceWorkGroupConfiguration") and own else {**own, **given}
        if not chosen.get("OutputLocation"):
            raise _invalid(
                "No output location provided. An output location is required either in the workgroup or the query."
            )
        ending = "csv" if _kind(asked["QueryString"]) != "DDL" else "txt"
        location = f"{chosen['OutputLocation'].rstrip('/')}/{identifier}.{ending}"
        query = {
            "QueryExecutionId": identifier,
            "Query": asked["QueryString"],
            "StatementType": _kind(asked["QueryString"]),
            "ResultConfiguration": {**chosen, "OutputLocation": location},
            "QueryExecutionContext": asked.get("QueryExecutionContext") or {},
            "WorkGroup": name,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
            "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
            "Statistics": {},
            "region": call.region,
            "parameters": asked.get("ExecutionParameters") or [],
        }
        with self._lock:
            self._queries[identifier] = query
        threading.Thread(target=self._run, args=(query,), daemon=True).start()
        return {"QueryExecutionId": identifier}

    def _move(self, query: dict[str, Any], state: str, reason: str | None = None) -> bool:
        """Changes the state and sends an event. @return False when the query has already ended"""
        with self._lock:
            status = query["Status"]
            previous = status["State"]
            if previous in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return False
            query["Status"] = {**status, "State": state}
            if state not in ("QUEUED", "RUNNING"):
                query["Status"]["CompletionDateTime"] = time.time()
            if reason is not None:
                query["Status"]["StateChangeReason"] = reason
            if state == "FAILED":
                query["Status"]["AthenaError"] = {
                    "ErrorCategory": 2,
                    "ErrorType": 1,
                    "ErrorMessage": reason,
                    "Retryable": False,
                }
        detail = {
            "versionId": "0",
            "currentState": state,
            "previousState": previous,
            "statementType": query["StatementType"],
            "queryExecutionId": query["QueryExecutionId"],
            "workgroupName": query["WorkGroup"],
            "sequenceNumber": str({"RUNNING": 2}.get(state, 3)),
        }
        if reason is not None:
            detail["athenaError"] = {"errorCategory": 2.0, "errorType": 1.0, "errorMessage": reason, "retryable": False}
        self.events.emit(query["region"], "aws.athena", "Athena Query State Change", detail, [])
        return True

    def _run(self, query: dict[str, Any]) -> None:
        started = time.time()
        try:
            if not self._move(query, "RUNNING"):
                return
            engine = importlib.import_module(f"{__package__}.athena_engine")
            database = query["QueryExecutionContext"].get("Database")
            config = {**self.account.config, "region": query["region"], "endpoint": self.account.url}
            result = engine.run(config, self._bound(query), database)
            milliseconds = int((time.time() - started) * 1000)
            statistics = {
                "EngineExecutionTimeInMillis": milliseconds,
                "TotalExecutionTimeInMillis": milliseconds,
                "QueryQueueTimeInMillis": 0,
                "QueryPlanningTimeInMillis": 0,
                "ServiceProcessingTimeInMillis": 0,
                "DataScannedInBytes": 0,
                **(result.get("statistics") or {}),
            }
            with self._lock:
                query["Statistics"], query["result"] = statistics, result
            self._write(query, result)
            self._move(query, "SUCCEEDED")
        except Exception as failure:
            if type(failure).__name__ != "AthenaError":
                traceback.print_exc(file=sys.stderr)
            with self._lock:
                milliseconds = int((time.time() - started) * 1000)
                query["Statistics"] = {"EngineExecutionTimeInMillis": milliseconds, "DataScannedInBytes": 0}
            self._move(query, "FAILED", str(failure))

    @staticmethod
    def _bound(query: dict[str, Any]) -> str:
        """The statement with its execution parameters in place of the question marks outside of quotes."""
        parameters = iter(query["parameters"])
        if not query["parameters"]:
            return query["Query"]
        parts = re.split(r"('(?:[^']|'')*'|\"[^\"]*\")", query["Query"])
        return "".join(
            part if index % 2 else re.sub(r"\?", lambda _: next(parameters), part) for index, part in enumerate(parts)
        )

    def _write(self, query: dict[str, Any], result: dict[str, Any]) -> None:
        """The result file: https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html"""
        text = io.StringIO()
        if query["StatementType"] == "DML":
            writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
            if result["columns"]:
                writer.writerow([column["name"] for column in result["columns"]])
            lines = (
                ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row)
                for row in result["rows"]
            )
            text.write("".join(f"{line}\n" for line in lines))
        else:
            text.write("".join("\t".join(value or "" for value in row) + "\n" for row in result["rows"]))
        bucket, _, key = query["ResultConfiguration"]["OutputLocation"].split("://", 1)[1].partition("/")
        self.account.client("s3", query["region"]).put_object(Bucket=bucket, Key=key, Body=text.getvalue().encode())

    def _query(self, identifier: str) -> dict[str, Any]:
        with self._lock:
            if identifier not in self._queries:
                raise _invalid(f"QueryExecution {identifier} was not found")
            return self._queries[identifier]

    def _shown(self, query: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            return {key: value for key, value in query.items() if key not in ("region", "parameters", "result")}

    def describe(self, call: Call) -> dict[str, Any]:
        return {"QueryExecution": self._shown(self._query(call.json()["QueryExecutionId"]))}

    def describe_several(self, call: Call) -> dict[str, Any]:
        asked = call.json()["QueryExecutionIds"]
        with self._lock:
            known = [self._queries[identifier] for identifier in asked if identifier in self._queries]
        missing = [identifier for identifier in asked if identifier not in self._queries]
        return {
            "QueryExecutions": [self._shown(query) for query in known],
            "UnprocessedQueryExecutionIds": [
                {"QueryExecutionId": identifier, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "was not found"}
                for identifier in missing
            ],
        }

    def list(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        workgroup, most = asked.get("WorkGroup") or "primary", asked.get("MaxResults") or 50
        with self._lock:
            known = [key for key, query in self._queries.items() if query["WorkGroup"] == workgroup][::-1]
        first = int(asked.get("NextToken") or 0)
        more = {"NextToken": str(first + most)} if first + most < len(known) else {}
        return {"QueryExecutionIds": known[first : first + most], **more}

    def stop(self, call: Call) -> dict[str, Any]:
        self._move(self._query(call.json()["QueryExecutionId"]), "CANCELLED", "Query cancelled by user")
        return {}

    def results(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        query = self._query(asked["QueryExecutionId"])
        state = query["Status"]["State"]
        if state != "SUCCEEDED":
            raise _invalid(
                f"Query has not yet finished. Current state: {state}"
                if state in ("QUEUED", "RUNNING")
                else f"Query did not finish successfully. Final query state: {state}"
            )
        result, most = query["result"], asked.get("MaxResults") or 1000
        columns = result["columns"]
        rows = list(result["rows"])
        # Athena repeats the column names as the first row of a SELECT.
        if query["StatementType"] == "DML" and columns:
            rows.insert(0, [column["name"] for column in columns])
        first = int(asked.get("NextToken") or 0)
        shown = [
            {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
            for row in rows[first : first + most]
        ]
        described = [
            {
                "CatalogName": "hive",
                "SchemaName": "",
                "TableName": "",
                "Name": column["name"],
                "Label": column["name"],
                "Type": column["type"],
                "Precision": column.get("precision", 0),
                "Scale": column.get("scale", 0),
                "Nullable": "UNKNOWN",
                "CaseSensitive": False,
            }
            for column in columns
        ]
        return {
            "ResultSet": {"Rows": shown, "ResultSetMetadata": {"ColumnInfo": described}},
            **({"UpdateCount": result["updateCount"]} if "updateCount" in result else {}),
            **({"NextToken": str(first + most)} if first + most < len(rows) else {}),
        }

    def update_workgroup(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        workgroup = self._workgroup(asked["WorkGroup"], call.region)
        if "Description" in asked:
            workgroup.description = asked["Description"]
        if "State" in asked:
            workgroup.state = asked["State"]
        changes = dict(asked.get("ConfigurationUpdates") or {})
        results = changes.pop("ResultConfigurationUpdates", None)
        if changes.pop("RemoveBytesScannedCutoffPerQuery", False):
            workgroup.configuration.pop("BytesScannedCutoffPerQuery", None)
        workgroup.configuration.update(changes)
        if results:
            kept = {key: value for key, value in results.items() if not key.startswith("Remove")}
            workgroup.configuration.setdefault("ResultConfiguration", {}).update(kept)
            for key in [key[len("Remove") :] for key, value in results.items() if key.startswith("Remove") and value]:
                workgroup.configuration["ResultConfiguration"].pop(key, None)
        return {}

    def delete_named_query(self, call: Call) -> dict[str, Any]:
        with self.account.locks.hold("athena"):
            found = athena_backends[ACCOUNT][call.region].named_queries.pop(call.json()["NamedQueryId"], None)
        if found is None:
            raise _invalid("NamedQuery was not found")
        return {}


def install(account: Account, events: Events) -> None:
    athena = Athena(account, events)
    handlers = {
        "StartQueryExecution": athena.start,
        "GetQueryExecution": athena.describe,
        "BatchGetQueryExecution": athena.describe_several,
        "ListQueryExecutions": athena.list,
        "StopQueryExecution": athena.stop,
        "GetQueryResults": athena.results,
        "UpdateWorkGroup": athena.update_workgroup,
        "DeleteNamedQuery": athena.delete_named_query,
    }
    for operation, handler in handlers.items():
        account.serve("athena", operation, handler, locked=False)

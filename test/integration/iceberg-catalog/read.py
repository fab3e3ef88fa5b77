"""Reads a table through the Iceberg REST catalog of a lake: read.py pyiceberg|polars|duckdb|write URI CREDENTIAL_FILE TABLE COLUMN

Prints one JSON object: rows, and the sum of a decimal column as text.
"""

import json
import sys
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

client, uri, credential, name, column = sys.argv[1:]


def open_table():
    from pyiceberg.catalog import load_catalog

    catalog = load_catalog("lake", type="rest", uri=uri, token=Path(credential).read_text())
    return catalog, catalog.load_table(name)


def by_pyiceberg():
    _, table = open_table()
    values = table.scan(selected_fields=(column,)).to_arrow()[column].to_pylist()
    return len(values), sum(values, Decimal(0))


def by_polars():
    import polars

    _, table = open_table()
    rows = polars.scan_iceberg(table).select(polars.len(), polars.col(column).sum().alias("sum")).collect()
    return rows.row(0)


def by_duckdb():
    import duckdb

    database = duckdb.connect()
    # Where DuckDB's own server can be reached, LOAD alone fetches them.
    for extension in ("avro", "httpfs", "iceberg"):
        folder = Path(find_spec(f"duckdb_extension_{extension}").origin).parent
        database.execute(f"load '{next(folder.rglob('*.duckdb_extension'))}'")
    database.execute(f"set variable token = (select content from read_text('{credential}'))")
    database.execute("create secret lake (type iceberg, token getvariable('token'))")
    database.execute(f"attach '' as lake (type iceberg, endpoint '{uri}', secret lake)")
    return database.sql(f"select count(*), sum({column}) from lake.{name}").fetchone()


def write():
    catalog, table = open_table()
    refused = []

    def change():
        with table.transaction() as transaction:
            transaction.set_properties(mine="yes")

    for attempt in (lambda: catalog.create_namespace("mine"), lambda: catalog.drop_table(name), change):
        try:
            attempt()
        except NotImplementedError as error:
            refused.append(str(error))
    return len(refused), refused


rows, total = {"pyiceberg": by_pyiceberg, "polars": by_polars, "duckdb": by_duckdb, "write": write}[client]()
print(json.dumps({"rows": rows, "sum": total if client == "write" else format(Decimal(total), "f")}))

"""Tries to change a lake through its catalog: write.py pyiceberg|duckdb URI CREDENTIAL_FILE TABLE

Prints the refusals as a JSON list; an empty text stands for a change that was made.
"""

import json
import sys
from pathlib import Path

tool, uri, credential, name = sys.argv[1:]
token = Path(credential).read_text()


def by_pyiceberg():
    from pyiceberg.catalog import load_catalog

    catalog = load_catalog("lake", type="rest", uri=uri, token=token)
    table = catalog.load_table(name)

    def change():
        with table.transaction() as transaction:
            transaction.set_properties(mine="yes")

    return lambda: catalog.create_namespace("mine"), lambda: catalog.drop_table(name), change, table.delete


def by_duckdb():
    import duckdb
    import duckdb_extensions

    extensions = str(Path(credential).parent / "extensions")
    duckdb_extensions.place(extensions)
    database = duckdb.connect(config={"extension_directory": extensions})
    database.execute("load httpfs; load iceberg")
    database.execute(f"create secret lake (type iceberg, token '{token}')")
    database.execute(f"attach '' as lake (type iceberg, endpoint '{uri}', secret lake)")
    changes = "create schema lake.mine", f"drop table lake.{name}", f"delete from lake.{name}"
    return [lambda sql=sql: database.execute(sql) for sql in changes]


def refusal(change):
    try:
        change()
    except Exception as error:
        return str(error)
    return ""


print(json.dumps([refusal(change) for change in {"pyiceberg": by_pyiceberg, "duckdb": by_duckdb}[tool]()]))

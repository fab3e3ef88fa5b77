"""Prints what PyIceberg and DuckDB make of a catalog's views, as one JSON object: views.py URI CREDENTIAL_FILE"""

import json
import sys
from pathlib import Path

uri, credential = sys.argv[1:]
token = Path(credential).read_text()
name = "crypto_db.crypto_trader_view"


def by_pyiceberg():
    from pyiceberg.catalog import load_catalog

    catalog = load_catalog("lake", type="rest", uri=uri, token=token)
    view = catalog.load_view(name)
    return {
        "listed": [".".join(listed) for listed in catalog.list_views("crypto_db")],
        "exists": catalog.view_exists(name),
        "columns": [[field.name, str(field.field_type), field.required] for field in view.schema().fields],
        "sql": view.sql_for("trino").sql,
        "comment": view.properties["comment"],
    }


def by_duckdb():
    import duckdb
    import duckdb_extensions

    extensions = str(Path(credential).parent / "extensions")
    duckdb_extensions.place(extensions)
    database = duckdb.connect(config={"extension_directory": extensions})
    database.execute("load httpfs; load iceberg")
    database.execute(f"create secret lake (type iceberg, token '{token}')")
    database.execute(f"attach '' as lake (type iceberg, endpoint '{uri}', secret lake)")
    listed = database.sql("select table_name from information_schema.tables where table_catalog = 'lake'").fetchall()
    try:
        database.sql(f"from lake.{name}")
    except duckdb.CatalogException as error:
        return {"listed": sorted(name for (name,) in listed), "refusal": str(error).splitlines()[0]}
    return {"listed": sorted(name for (name,) in listed)}


print(json.dumps({"pyiceberg": by_pyiceberg(), "duckdb": by_duckdb()}))

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
    out = {"listed": [".".join(view) for view in catalog.list_views("crypto_db")], "exists": catalog.view_exists(name)}
    out["load"] = str(getattr(catalog, "load_view", None))
    try:
        out["view"] = str(catalog.load_view(name))
    except Exception as error:
        out["error"] = repr(error)
    return out


def by_duckdb():
    import duckdb
    import duckdb_extensions

    extensions = str(Path(credential).parent / "extensions")
    duckdb_extensions.place(extensions)
    database = duckdb.connect(config={"extension_directory": extensions})
    database.execute("load httpfs; load iceberg")
    database.execute(f"create secret lake (type iceberg, token '{token}')")
    database.execute(f"attach '' as lake (type iceberg, endpoint '{uri}', secret lake)")
    tables = database.sql("select table_name, table_schema from information_schema.tables where table_catalog = 'lake'").fetchall()
    out = {"tables": tables}
    try:
        out["rows"] = str(database.sql(f"select * from lake.{name}").fetchall())
    except Exception as error:
        out["error"] = str(error)
    return out


print(json.dumps({"pyiceberg": by_pyiceberg(), "duckdb": by_duckdb()}))

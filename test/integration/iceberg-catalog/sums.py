"""Runs a snippet of "cryptodm open" and prints what it reads as one JSON object: sums.py TOOL FILE COLUMN

Rows, the sum of a decimal column as text, and what the snippet itself has printed or, in a notebook, shown.
"""

import io
import json
import re
import sys
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path

tool, file, column = sys.argv[1:]
extensions = str(Path(file).parent / "extensions")
text = Path(file).read_text()


def run_python():
    names = {}
    # A notebook shows the value of the last line.
    body, last = text.rsplit("\n", 1)
    exec(compile(body if tool == "jupyter" else text, file, "exec"), names)
    if tool == "jupyter":
        print(eval(last, names))
    if tool == "polars":
        import polars

        return polars.scan_iceberg(names["quotes"]).select(polars.len(), polars.col(column).sum().alias("sum")).collect().row(0)
    values = names["quotes"].scan(selected_fields=(column,)).to_arrow()[column].to_pylist()
    return len(values), sum(values, Decimal(0))


def run_sql():
    import duckdb
    import duckdb_extensions

    duckdb_extensions.place(extensions)
    database = duckdb.connect(config={"extension_directory": extensions})
    print(database.sql(text))
    source = re.search(r"FROM (lake\S+)", text).group(1)
    return database.sql(f"select count(*), sum({column}) from {source}").fetchone()


shown = io.StringIO()
with redirect_stdout(shown):
    rows, total = run_sql() if tool == "duckdb" else run_python()
print(json.dumps({"rows": rows, "sum": format(Decimal(total), "f"), "shown": shown.getvalue()}))
